import { add, compare, equals, subtract, type Money } from "@till/money";
import { recordChange, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { OrderEvent } from "./order-event.ts";
import {
  isFullyRefunded,
  isLive,
  isOver,
  isShipped,
  type Order,
  type OrderItem,
  type Refund,
} from "./order.ts";
import { refundable } from "./refundable.ts";

/** A refund as payment.refunded reports it. */
export type RefundFacts = {
  readonly paymentId: string;
  readonly amount: Money;
  /** The id of the order's refund; undefined for a refund that the order did not start. */
  readonly orderRefundId: string | undefined;
};

/**
 * Applies a succeeded refund. The order is REFUNDED once all captured money was refunded; else it returns to the status
 * before its refund. A refund that the order did not start (by an admin of payments, a chargeback) counts as well.
 * Throws REFUND_EXCEEDS_CAPTURED.
 */
export function applyRefund(order: Order, facts: RefundFacts, context: Context): Decision {
  // A late payment was never added to the sums.
  if (facts.paymentId !== order.paymentId || order.captured.minorUnits === 0n) {
    return recordChange(order, {
      ...context,
      ...historyEntry("LATE_PAYMENT_REFUNDED", { payment_id: facts.paymentId }),
      amount: facts.amount,
      reason: `payment ${facts.paymentId}`,
    });
  }
  if (isOwnAndApplied(order, facts)) return unchanged(order);
  const { amount } = facts;
  if (compare(amount, refundable(order)) > 0) {
    throw appError("REFUND_EXCEEDS_CAPTURED", "more was refunded than was captured", {
      metadata: { order_id: order.id },
    });
  }
  const refunded = add(order.refunded, amount);
  const isOwn = isOwnRefund(order, facts);
  const named = isOwn ? partsRefunded(order) : {};
  const isAll = equals(refunded, order.captured);
  const refund = isOwn || isAll ? afterSuccess(order.refund) : order.refund;
  const ids = { payment_id: facts.paymentId, refund_id: facts.orderRefundId };
  const recorded = { ...context, ...historyEntry("PAYMENT_REFUNDED", ids), amount };
  const events = (next: Order): OrderEvent[] => [
    { type: "order.refunded", order: next, amount, revokedCourseIds: revokedCourseIds(order, next) },
  ];
  if (isAll) {
    const refundedFrom = order.refundedFrom ?? order.priorStatus ?? order.status;
    const change = { refunded, ...named, refund, refundedFrom, refundDue: undefined, priorStatus: undefined };
    const to = "REFUNDED";
    return transition(order, { to, trigger: "payment.refunded, in full", ...recorded, change }, events);
  }
  if (isOwn && order.status === "REFUND_PENDING" && order.refundedFrom) {
    // More refunds have failed after their success since this one was tried again: what is left is owed, too.
    const left = { ...order.refund!, state: "FAILED" as const, amount: subtract(order.captured, refunded) };
    return recordChange(order, { ...recorded, change: { refunded, refund: left } }, events);
  }
  if (isOwn && order.status === "REFUND_PENDING") {
    const change = { refunded, ...named, refund, priorStatus: undefined };
    const to = order.priorStatus!;
    return transition(order, { to, trigger: "payment.refunded, in part", ...recorded, change }, events);
  }
  return recordChange(order, { ...recorded, change: { refunded, ...named, refund } }, events);
}

/** Applies a failed refund: the order returns to the status before it, and the refund may be tried again. */
export function failRefund(
  order: Order,
  facts: RefundFacts & { readonly code: string },
  remark: string,
  context: Context,
): Decision {
  if (order.status !== "REFUND_PENDING" || !order.refund || !isOwnRefund(order, facts))
    return unchanged(order);
  const refund = { ...order.refund, state: "FAILED" as const, remark };
  const { paymentId: payment_id, orderRefundId: refund_id, code } = facts;
  const entry = historyEntry("REFUND_FAILED", { payment_id, refund_id, code });
  const recorded = { ...context, ...entry, reason: remark };
  // A refund in full that had succeeded is owed: the worker tries it again.
  if (order.refundedFrom) return recordChange(order, { ...recorded, change: { refund } });
  const change = { refund, priorStatus: undefined };
  return transition(order, { to: order.priorStatus!, trigger: "payment.refund_failed", ...recorded, change });
}

/** Whether a refund is the one the order has approved: by its id alone, never by its amount. */
function isOwnRefund({ refund }: Order, { orderRefundId }: RefundFacts): boolean {
  // A refund that was reported FAILED may succeed later.
  const isApproved = refund?.state === "APPROVED" || refund?.state === "FAILED";
  return isApproved && refund.id === orderRefundId;
}

/** Whether a refund is the order's own and was applied before. */
function isOwnAndApplied({ refund }: Order, { orderRefundId }: RefundFacts): boolean {
  return refund?.state === "SUCCEEDED" && refund.id === orderRefundId;
}

/** The order's refund once the money was refunded: a request without a decision is closed. */
function afterSuccess(refund: Refund | undefined): Refund | undefined {
  if (refund?.state === "REQUESTED") return { ...refund, state: "CLOSED" };
  const isApproved = refund?.state === "APPROVED" || refund?.state === "FAILED";
  return isApproved ? { ...refund, state: "SUCCEEDED", remark: "" } : refund;
}

/** The lines and the delivery after the order's refund, as far as the refund names them. */
function partsRefunded(order: Order): Partial<Order> {
  const { items, deliveryRefunded, refundDue, refund } = order;
  return {
    refundDue: refund?.dueAmount && refundDue ? rest(refundDue, refund.dueAmount) : refundDue,
    items: items.map((item) => {
      const part = refund?.items.find(({ itemId }) => itemId === item.id);
      return part ? lineAfter(order, withRefund(item, part.amount)) : item;
    }),
    deliveryRefunded: refund?.deliveryAmount
      ? add(deliveryRefunded, refund.deliveryAmount)
      : deliveryRefunded,
  };
}

/** A refunded line: the stock of goods that were not shipped yet is released once all that was paid for them is refunded. */
function lineAfter(order: Order, item: OrderItem): OrderItem {
  const isUnsent = item.kind === "PHYSICAL" && !isShipped(order) && !isOver(order);
  return isUnsent && isFullyRefunded(item) ? { ...item, stockRelease: "DUE" } : item;
}

/** A line with a refund of it. */
function withRefund(item: OrderItem, amount: Money): OrderItem {
  const { refundDue } = item;
  const due = refundDue && rest(refundDue, amount);
  return { ...item, refunded: add(item.refunded, amount), refundDue: due };
}

/** What is left of an amount that is due; undefined: nothing. */
function rest(due: Money, paid: Money): Money | undefined {
  return compare(due, paid) > 0 ? subtract(due, paid) : undefined;
}

/** The courses whose lines end with this change. A line that ended before is left out: its course may be bought again. */
export function revokedCourseIds(before: Order, after: Order): string[] {
  const liveBefore = new Set(before.items.filter((item) => isLive(before, item)).map(({ id }) => id));
  return after.items
    .filter((item) => item.kind === "DIGITAL_COURSE" && liveBefore.has(item.id) && !isLive(after, item))
    .map(({ refId }) => refId);
}
