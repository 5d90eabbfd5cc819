import type { Money } from "@till/money";
import type { Call } from "@till/rpc/server";
import type { Catalog, Courses, ProductQuote, Sessions } from "../upstreams/ports.ts";
import {
  courseOffer,
  lookupItems,
  productOffer,
  sessionOffer,
  type LineRequest,
  type Offer,
} from "./offers.ts";
import { appError } from "../rules/errors.ts";

/** The current offer of each line, and the shipping fee and the discount of all of them together. */
export type Quote = Pick<ProductQuote, "shippingFee" | "discount"> & {
  readonly offers: readonly Offer[];
  readonly currency: string;
  /** How many seats each session has, taken or not. */
  readonly capacities: ReadonlyMap<string, number>;
};

/** What a quote is made for. */
export type QuoteInput = {
  readonly lines: readonly LineRequest[];
  /** The CLDR code of the region to ship to; empty where the request has none. */
  readonly region: string;
  readonly currency: string | undefined;
  readonly details: { readonly cartId?: string };
};

export type Quoting = {
  readonly courses: Courses;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly now: () => Date;
};

/**
 * Quotes an order. Courses and sessions come from the cache unless `isFresh`, products are quoted anew each time.
 * Throws COURSE_…, SESSION_… or PRODUCT_NOT_FOUND or …_UNAVAILABLE, or CURRENCY_MISMATCH.
 */
export async function quoteOrder(
  { courses, sessions, catalog, now }: Quoting,
  input: QuoteInput,
  call: Call,
  isFresh: boolean,
): Promise<Quote> {
  const { lines } = input;
  const coursesById = await lookupItems(courses, lines, "DIGITAL_COURSE", isFresh);
  const sessionsById = await lookupItems(sessions, lines, "SESSION", isFresh);
  const products = lines.filter(({ kind }) => kind === "PHYSICAL");
  const quote = products.length > 0 ? await quoteProducts(catalog, products, input, call) : undefined;
  const offers = lines.map((line) => {
    switch (line.kind) {
      case "DIGITAL_COURSE":
        return courseOffer(line, coursesById.get(line.refId));
      case "SESSION":
        return sessionOffer(line, sessionsById.get(line.refId), now());
      case "PHYSICAL":
        return productOffer(line, quote?.offers.get(line.refId));
    }
  });
  const currency = input.currency ?? offers[0]!.unitPrice.currency;
  for (const { name, unitPrice } of offers) requireCurrency(name, unitPrice, currency);
  if (quote?.shippingFee) requireCurrency("the delivery", quote.shippingFee, currency);
  if (quote?.discount) requireCurrency("the discount", quote.discount, currency);
  const capacities = new Map([...sessionsById].map(([id, { capacity }]) => [id, capacity]));
  return { offers, currency, capacities, shippingFee: quote?.shippingFee, discount: quote?.discount };
}

/** Quotes the products together, for the region they are shipped to. */
function quoteProducts(
  catalog: Catalog,
  products: readonly LineRequest[],
  { region: regionCode, details }: QuoteInput,
  call: Call,
): Promise<ProductQuote> {
  const items = products.map(({ refId: productId, quantity }) => ({ productId, quantity }));
  return catalog.quote({ items, regionCode, cartId: details.cartId ?? "" }, call.forward());
}

/** Throws CURRENCY_MISMATCH: an order has one currency. */
function requireCurrency(name: string, { currency: got }: Money, expected: string): void {
  if (got === expected) return;
  throw appError("CURRENCY_MISMATCH", `${name} is priced in ${got}, the order is in ${expected}`, {
    metadata: { expected, got },
  });
}
