import { add, compare, equals, subtract, type Money } from "@till/money";
import { revokedCourseIds } from "./apply-refund.ts";
import { recordChange, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { OrderEvent } from "./order-event.ts";
import type { Order, OrderItem, OrderStatus, Refund } from "./order.ts";
import { refundable, refundableOfLine } from "./refundable.ts";

/** A dispute as payment.disputed and payment.dispute_closed report it; `amount` is what it withdrew or put back. */
export type DisputeFacts = {
  readonly paymentId: string;
  readonly disputeId: string;
  readonly reason: string;
  readonly amount: Money;
};

/**
 * Applies money that a dispute withdrew: it counts as refunded, as by any refund that the order did not start. An
 * approved refund fails: its money may not be refunded twice. Throws REFUND_EXCEEDS_CAPTURED.
 */
export function applyDispute(order: Order, facts: DisputeFacts, context: Context): Decision {
  const { paymentId: payment_id, disputeId: dispute_id, reason, amount } = facts;
  if (!isOfOrder(order, facts)) return recordLate(order, facts, context);
  if (compare(amount, refundable(order)) > 0) throw exceeds(order, "more was disputed than was captured");
  const entry = historyEntry("PAYMENT_DISPUTED", { payment_id, dispute_id, cause: "CHARGEBACK" });
  const recorded = { ...context, ...entry, reason, amount };
  const refunded = add(order.refunded, amount);
  const dispute = { id: dispute_id, state: "OPEN" } as const;
  const events = (next: Order): OrderEvent[] => [
    { type: "order.refunded", order: next, amount, revokedCourseIds: revokedCourseIds(order, next) },
  ];
  if (!equals(refunded, order.captured))
    return recordChange(order, { ...recorded, change: { refunded, dispute } }, events);
  const refundedFrom = order.refundedFrom ?? order.priorStatus ?? order.status;
  const refund = order.refund && refundWhenDisputed(order.refund);
  const change = { refunded, dispute, refund, refundedFrom, priorStatus: undefined };
  const to = "REFUNDED";
  return transition(order, { to, trigger: "payment.disputed", ...recorded, change }, events);
}

/** Applies a dispute that was lost: it changes no sums. */
export function loseDispute(order: Order, facts: DisputeFacts, context: Context): Decision {
  if (!isOfOrder(order, facts)) return unchanged(order);
  return recordChange(order, { ...closed(facts, "LOST", context) });
}

/**
 * Applies a dispute that was won: its money counts as captured again, and an order that was REFUNDED returns to the status
 * it had before. What cannot be restored is refunded by the refund worker: seats that were released, and the courses
 * `boughtAgain`, which the buyer has by another order. Stock that was released is reserved again, or is MISSING. Throws
 * REFUND_EXCEEDS_CAPTURED.
 */
export function winDispute(
  order: Order,
  { boughtAgain, ...facts }: DisputeFacts & { readonly boughtAgain: ReadonlySet<string> },
  context: Context,
): Decision {
  const { amount } = facts;
  if (!isOfOrder(order, facts)) return unchanged(order);
  if (compare(amount, order.refunded) > 0) throw exceeds(order, "more was won than was disputed");
  const to = order.status === "REFUNDED" ? order.refundedFrom : undefined;
  const items = to ? restoredLines(order, to, boughtAgain) : order.items;
  const lost = items.filter((item, index) => item !== order.items[index]).map(({ id }) => ({ item_id: id }));
  const recorded = closed(facts, "WON", context, lost);
  const change = { ...recorded.change, items, refunded: subtract(order.refunded, amount) };
  const events = (next: Order): OrderEvent[] => [
    { type: "order.dispute_won", order: next, amount, restoredCourseIds: revokedCourseIds(next, order) },
  ];
  if (!to) return recordChange(order, { ...recorded, change }, events);
  const stock = order.stock === "RELEASED" && !isOverIn(to) ? "RESERVED" : order.stock;
  const restored = { ...change, stock, refundedFrom: undefined };
  return transition(
    order,
    { to, trigger: "payment.dispute_closed, won", ...recorded, change: restored },
    events,
  );
}

function closed(
  { paymentId: payment_id, disputeId: dispute_id, reason, amount }: DisputeFacts,
  state: "WON" | "LOST",
  context: Context,
  lost: readonly { readonly item_id: string }[] = [],
) {
  const items = lost.length > 0 ? lost : undefined;
  const entry = historyEntry("DISPUTE_CLOSED", { payment_id, dispute_id, state, items });
  return { ...context, ...entry, reason, amount, change: { dispute: { id: dispute_id, state } } };
}

/** The lines of an order that returns to a status; the refund of those that cannot be restored is due. */
function restoredLines(
  order: Order,
  to: OrderStatus,
  boughtAgain: ReadonlySet<string>,
): readonly OrderItem[] {
  if (isOverIn(to)) return order.items;
  return order.items.map((item) => {
    const isLost =
      item.kind === "DIGITAL_COURSE" ? boughtAgain.has(item.refId) : item.booking === "CANCELLED";
    const left = refundableOfLine(item);
    return isLost && left.minorUnits > 0n ? { ...item, refundDue: left } : item;
  });
}

function isOverIn(status: OrderStatus): boolean {
  return status === "CANCELLED" || status === "RETURNED";
}

/** Why no more of an order is refunded while its money is disputed; undefined where none is. */
export function whyDisputed({ dispute }: Order): string | undefined {
  if (!dispute || dispute.state === "WON") return undefined;
  const end = dispute.state === "LOST" ? " and was lost" : "";
  return `the payer's bank has withdrawn money by dispute ${dispute.id}, which counts as refunded${end}`;
}

/** A late payment was never added to the sums. */
function isOfOrder({ paymentId, captured }: Order, facts: DisputeFacts): boolean {
  return facts.paymentId === paymentId && captured.minorUnits > 0n;
}

function recordLate(order: Order, { paymentId, amount }: DisputeFacts, context: Context): Decision {
  const entry = historyEntry("LATE_PAYMENT_REFUNDED", { payment_id: paymentId });
  return recordChange(order, { ...context, ...entry, amount, reason: `payment ${paymentId} disputed` });
}

function exceeds({ id: order_id }: Order, message: string) {
  return appError("REFUND_EXCEEDS_CAPTURED", message, { metadata: { order_id } });
}

function refundWhenDisputed(refund: Refund): Refund {
  if (refund.state === "REQUESTED") return { ...refund, state: "CLOSED" };
  return refund.state === "APPROVED"
    ? { ...refund, state: "FAILED", remark: "the payment is disputed" }
    : refund;
}
