import { zero } from "@till/money";
import { reasonOf } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { comparePrices, type PriceChange } from "../pricing/expected-prices.ts";
import { quoteOrder, type Quote, type Quoting } from "../pricing/quote-order.ts";
import { actorOf } from "../rules/decision.ts";
import type { Decision } from "../rules/decision.ts";
import type { Reason } from "../rules/errors.ts";
import { placeOrder } from "../rules/place-order.ts";
import type { CreateOrderInput } from "./create-order-request.ts";

/** What an order is priced with. */
export type Pricing = Quoting & {
  readonly policies: { readonly orderExpiryMs: number; readonly allowFreeOrders: boolean };
  readonly newId: () => string;
};

/** The order to create, and where its prices differ from the expected ones. */
export type PricedOrder = Pick<Quote, "capacities"> & {
  readonly decision: Decision;
  readonly priceChanges: readonly PriceChange[];
};

/**
 * Decides on an order at prices that may be cached. An order that cached offers reject, or whose prices its buyer does not
 * expect, is decided on once more by the offers as they are now.
 */
export async function priceOrder(
  pricing: Pricing,
  input: CreateOrderInput,
  call: Call,
): Promise<PricedOrder> {
  // Products are never cached.
  const mayBeCached = input.lines.some(({ kind }) => kind !== "PHYSICAL");
  if (mayBeCached) {
    const cached = await priceBy(pricing, input, call, false).catch((error: unknown) => {
      if (!offerReasons.has(reasonOf(error))) throw error;
    });
    if (cached?.priceChanges.length === 0) return cached;
  }
  return priceBy(pricing, input, call, true);
}

/** The reasons of rejections that depend on the offers. */
const offerReasons: ReadonlySet<string | undefined> = new Set<Reason>([
  "COURSE_NOT_FOUND",
  "COURSE_UNAVAILABLE",
  "SESSION_NOT_FOUND",
  "SESSION_UNAVAILABLE",
  "CURRENCY_MISMATCH",
  "ORDER_NOT_PAYABLE",
  "PRICE_CHANGED",
]);

async function priceBy(
  pricing: Pricing,
  input: CreateOrderInput,
  call: Call,
  isFresh: boolean,
): Promise<PricedOrder> {
  const quote = await quoteOrder(pricing, input, call, isFresh);
  const decision = decide(pricing, input, quote, call);
  return { decision, priceChanges: comparePrices(input, decision.order), capacities: quote.capacities };
}

function decide(
  { policies, newId, now }: Pricing,
  { userId, details }: CreateOrderInput,
  { offers, currency, shippingFee, discount }: Quote,
  { caller }: Call,
): Decision {
  const context = { now: now(), actor: actorOf(caller) };
  const expiresAt = new Date(context.now.getTime() + policies.orderExpiryMs);
  const id = newId();
  const items = offers.map(({ capacity: _, offerId, ...offer }) => {
    const priceSnapshot = { offerId, title: offer.name, capturedAt: context.now };
    return { id: newId(), refunded: zero(currency), ...offer, priceSnapshot };
  });
  const { allowFreeOrders: allowFree } = policies;
  const given = { id, userId, items, currency, shippingFee, discount, expiresAt, details, allowFree };
  return placeOrder(given, context);
}
