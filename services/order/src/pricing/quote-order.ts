import type { Call } from "@till/rpc/server";
import type { AskedOrder } from "../checkout/create-order-request.ts";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import type { ProductQuote } from "../upstreams/catalog.ts";
import { courseOffer } from "./course-offer.ts";
import { find } from "./find.ts";
import type { Offer } from "./offers.ts";
import { productOffer, quoteProducts } from "./product-offer.ts";
import { sessionOffer } from "./session-offer.ts";

/** What the lines of a request are and cost now, and what comes on top or off for all of them together. */
export type Quote = Pick<ProductQuote, "shippingFee" | "discount"> & {
  /** One for each line. */
  readonly offers: readonly Offer[];
  readonly currency: string;
  /** How many seats there are in each session, taken or not. */
  readonly capacities: ReadonlyMap<string, number>;
};

/**
 * Quotes an order (spec S4.5). Courses and sessions are looked up, products are quoted anew each time. Throws
 * COURSE_…, SESSION_… or PRODUCT_NOT_FOUND, COURSE_ or SESSION_UNAVAILABLE, or CURRENCY_MISMATCH.
 */
export async function quoteOrder(deps: Deps, asked: AskedOrder, call: Call): Promise<Quote> {
  const courses = await find(deps.courses, asked, "DIGITAL_COURSE");
  const sessions = await find(deps.sessions, asked, "SESSION");
  const quote = asked.hasGoods ? await quoteProducts(deps.catalog, asked, call) : undefined;
  const offers = asked.lines.map((line) => {
    switch (line.kind) {
      case "DIGITAL_COURSE":
        return courseOffer(line, courses.get(line.refId));
      case "SESSION":
        return sessionOffer(line, sessions.get(line.refId), deps.now());
      case "PHYSICAL":
        return productOffer(line, quote?.offers.get(line.refId));
    }
  });
  const currency = asked.currency ?? offers[0]!.unitPrice.currency;
  requireCurrency(offers, currency);
  const capacities = new Map([...sessions].map(([id, { capacity }]) => [id, capacity]));
  return { offers, currency, capacities, shippingFee: quote?.shippingFee, discount: quote?.discount };
}

/** An order has one currency (spec section 6). */
function requireCurrency(offers: readonly Offer[], expected: string): void {
  const other = offers.find(({ unitPrice }) => unitPrice.currency !== expected);
  if (!other) return;
  const got = other.unitPrice.currency;
  const facts = { expected, got };
  throw appError("CURRENCY_MISMATCH", `${other.name} is sold in ${got}, the order is in ${expected}`, {
    metadata: facts,
  });
}
