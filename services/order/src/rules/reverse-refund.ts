import { add, compare, equals, subtract, zero, type Money } from "@till/money";
import type { RefundFacts } from "./apply-refund.ts";
import { recordChange, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { historyEntry } from "./history-entry.ts";
import { isOver, type Order, type Refund } from "./order.ts";
import { isOvertaken, refundable } from "./refundable.ts";

/** A refund that had succeeded and failed later, as payment.refund_failed reports it. */
export type LateFailure = RefundFacts & {
  /** The payment service's id of the refund. */
  readonly refundId: string;
  readonly code: string;
  readonly remark: string;
};

/**
 * Applies a refund that had succeeded and failed later: its amount counts as captured again. An order that was REFUNDED
 * is REFUND_PENDING, and stays over. Any other keeps its status; what failed is due, also while another refund is under
 * way. The refund worker tries it again.
 */
export function reverseRefund(order: Order, failure: LateFailure, context: Context): Decision {
  const { amount, paymentId, remark: reason } = failure;
  if (paymentId !== order.paymentId || compare(amount, order.refunded) > 0) return unchanged(order);
  const ids = { payment_id: paymentId, refund_id: failure.orderRefundId ?? failure.refundId };
  const recorded = { ...context, ...historyEntry("REFUND_REVERSED", { ...ids, code: failure.code }), amount };
  const refunded = subtract(order.refunded, amount);
  if (order.status !== "REFUNDED") {
    // All that an order that is over still has is refunded anyway.
    const refundDue = isOver(order) ? order.refundDue : add(order.refundDue ?? zero(amount.currency), amount);
    return recordChange(order, { ...recorded, reason, change: { refunded, refundDue } });
  }
  const refund = failedRefund(order, failure);
  const change = { refunded, refund, priorStatus: order.refundedFrom! };
  const to = "REFUND_PENDING";
  return transition(order, {
    ...{ to, trigger: "payment.refund_failed, after success" as const },
    ...{ ...recorded, reason, change },
  });
}

/** Tries the refund of an order that was REFUNDED again, under a new id. Changes nothing where none has failed. */
export function retryRefund(
  order: Order,
  { id, retryMs }: { readonly id: string; readonly retryMs: number },
  context: Context,
): Decision {
  const { refund } = order;
  if (order.status !== "REFUND_PENDING" || refund?.state !== "FAILED") return unchanged(order);
  const left = refundable(order);
  const isTooEarly = order.updatedAt.getTime() + retryMs > context.now.getTime();
  if ((isTooEarly && !isOvertaken(order)) || left.minorUnits === 0n) return unchanged(order);
  const amount = least(refund.amount ?? left, left);
  // The lines and the delivery count as refunded since the first try.
  const parts = { items: [], deliveryAmount: undefined, dueAmount: undefined };
  const next: Refund = { ...refund, id, state: "APPROVED", amount, ...parts };
  const entry = historyEntry("REFUND_STARTED", { refund_id: id });
  const recorded = { ...context, ...entry, reason: refund.reason, amount };
  return recordChange(order, { ...recorded, change: { refund: { ...next, remark: "" } } }, (after) => [
    { type: "order.refund_approved", order: after },
  ]);
}

/** The refund that is to be tried again: all that was refunded outside is one of the order's own from now on. */
function failedRefund({ refund, refunded }: Order, failure: LateFailure): Refund {
  const { amount, remark, orderRefundId, refundId } = failure;
  if (refund && refund.id === orderRefundId) return { ...refund, state: "FAILED", amount, remark };
  const isPending = refund?.state === "FAILED" && refund.amount && !equals(refunded, amount);
  const sum = isPending ? add(refund.amount, amount) : amount;
  return { id: refundId, state: "FAILED", reason: "refunded outside", amount: sum, items: [], remark };
}

function least(a: Money, b: Money): Money {
  return compare(a, b) < 0 ? a : b;
}
