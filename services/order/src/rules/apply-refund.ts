import { add, compare, equals, type Money } from "@till/money";
import { isLive } from "./consequences.ts";
import { move, note, unchanged, type Context, type Decision, type OrderEvent } from "./decision.ts";
import { fail } from "./errors.ts";
import type { Order, OrderItem, Refund } from "./order.ts";
import { refundable } from "./refund.ts";

/** Money that has gone back, as payment.refunded says. */
export type RefundFacts = {
  readonly paymentId: string;
  readonly amount: Money;
  /** The order's own name of the refund; undefined where it was not started by the order. */
  readonly orderRefundId: string | undefined;
};

/**
 * Money has gone back. The order is REFUNDED once all of it has; else it returns to where it was before its refund.
 * What came without the order's doing (by an admin of payments, a chargeback) counts all the same (spec C5, C7). More
 * than was captured cannot be: it throws, and somebody looks at it.
 */
export function settleRefund(order: Order, facts: RefundFacts, context: Context): Decision {
  // Money that came late and never counted goes back without a trace in the sums.
  if (facts.paymentId !== order.paymentId || order.captured.minorUnits === 0n) {
    return note(order, {
      ...context,
      entry: "LATE_PAYMENT_REFUNDED",
      amount: facts.amount,
      reason: `payment ${facts.paymentId}`,
    });
  }
  if (wasSettled(order, facts)) return unchanged(order);
  const { amount } = facts;
  if (compare(amount, refundable(order)) > 0) {
    fail("REFUND_EXCEEDS_CAPTURED", "more has gone back than was captured", { order_id: order.id });
  }
  const refunded = add(order.refunded, amount);
  const isOwn = settlesOwn(order, facts);
  const items = isOwn ? withRefunds(order) : order.items;
  const isAll = equals(refunded, order.captured);
  const refund = isOwn || isAll ? ended(order.refund) : order.refund;
  const how = { ...context, entry: "PAYMENT_REFUNDED", amount };
  const told = (next: Order): OrderEvent[] => [
    { type: "order.refunded", order: next, amount, revokedCourseIds: revoked(order, next) },
  ];
  if (isAll) {
    const change = { refunded, items, refund, priorStatus: undefined };
    return move(order, { to: "REFUNDED", by: "payment.refunded, in full", ...how, change }, told);
  }
  if (isOwn && order.status === "REFUND_PENDING") {
    const change = { refunded, items, refund, priorStatus: undefined };
    return move(order, { to: order.priorStatus!, by: "payment.refunded, in part", ...how, change }, told);
  }
  const noted = note(order, { ...how, change: { refunded, items, refund } });
  return { ...noted, events: told(noted.order) };
}

/** The refund did not come about: the order returns to where it was, and it may be tried again. */
export function failRefund(order: Order, facts: RefundFacts, remark: string, context: Context): Decision {
  if (order.status !== "REFUND_PENDING" || !order.refund || !settlesOwn(order, facts))
    return unchanged(order);
  const change = { refund: { ...order.refund, state: "FAILED" as const, remark }, priorStatus: undefined };
  const how = { ...context, entry: "REFUND_FAILED", reason: remark, change };
  return move(order, { to: order.priorStatus!, by: "payment.refund_failed", ...how });
}

/** Money that does not name the order's refund is other money, even where it is as much as was approved. */
function settlesOwn({ refund }: Order, { orderRefundId }: RefundFacts): boolean {
  // One that was said to have failed may have succeeded after all.
  const isUnderWay = refund?.state === "APPROVED" || refund?.state === "FAILED";
  return isUnderWay && refund.id === orderRefundId;
}

/** The order's own refund is settled once, whoever tells of it again. */
function wasSettled({ refund }: Order, { orderRefundId }: RefundFacts): boolean {
  return refund?.state === "SETTLED" && refund.id === orderRefundId;
}

/** What becomes of a refund when the money is back: a request that nobody has decided on has nothing left to ask for. */
function ended(refund: Refund | undefined): Refund | undefined {
  if (refund?.state === "REQUESTED") return { ...refund, state: "CLOSED" };
  const isGranted = refund?.state === "APPROVED" || refund?.state === "FAILED";
  return isGranted ? { ...refund, state: "SETTLED", remark: "" } : refund;
}

function withRefunds({ items, refund }: Order): readonly OrderItem[] {
  return items.map((item) => {
    const part = refund?.items.find(({ itemId }) => itemId === item.id);
    return part ? { ...item, refunded: add(item.refunded, part.amount) } : item;
  });
}

/** Courses of lines that were given up before are left out: they may have been bought again since. */
function revoked(before: Order, after: Order): string[] {
  const had = new Set(before.items.filter((item) => isLive(before, item)).map(({ id }) => id));
  return after.items
    .filter((item) => item.kind === "DIGITAL_COURSE" && had.has(item.id) && !isLive(after, item))
    .map(({ refId }) => refId);
}
