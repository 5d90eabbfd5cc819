import { add, compare, equals, subtract, type Money } from "@till/money";
import { revokedCourseIds } from "./apply-refund.ts";
import { recordChange, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { OrderEvent } from "./order-event.ts";
import type { Order, Refund } from "./order.ts";
import { refundable } from "./refundable.ts";

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

/**
 * Applies the end of a dispute. Of one that was won the money counts as captured again, and an order that was REFUNDED
 * returns to the status it had before; one that was lost changes no sums. Throws REFUND_EXCEEDS_CAPTURED.
 */
export function closeDispute(order: Order, facts: DisputeFacts, isWon: boolean, context: Context): Decision {
  const { paymentId: payment_id, disputeId: dispute_id, reason, amount } = facts;
  if (!isOfOrder(order, facts)) return unchanged(order);
  const state = isWon ? "WON" : "LOST";
  const entry = historyEntry("DISPUTE_CLOSED", { payment_id, dispute_id, state });
  const recorded = { ...context, ...entry, reason, amount };
  const dispute = { id: dispute_id, state } as const;
  if (!isWon) return recordChange(order, { ...recorded, change: { dispute } });
  if (compare(amount, order.refunded) > 0) throw exceeds(order, "more was won than was disputed");
  const refunded = subtract(order.refunded, amount);
  if (order.status !== "REFUNDED" || !order.refundedFrom)
    return recordChange(order, { ...recorded, change: { refunded, dispute } });
  const change = { refunded, dispute, refundedFrom: undefined };
  const to = order.refundedFrom;
  return transition(order, { to, trigger: "payment.dispute_closed, won", ...recorded, change });
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
