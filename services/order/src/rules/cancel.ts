import {
  illegalTransition,
  recordChange,
  transition,
  unchanged,
  type Context,
  type Decision,
} from "./decision.ts";
import { historyEntry } from "./history-entry.ts";
import { hasGoods, isAwaitingPayment, type CancelReason, type Order } from "./order.ts";
import { isUsed } from "./booking.ts";
import { paymentInProgress } from "./payment-in-progress.ts";
import type { Trigger } from "./transitions.ts";

/** A cancellation: its actor, its reason in free text, and whether a user may cancel a paid order. */
export type Cancellation = {
  readonly by: "USER" | "ADMIN";
  readonly remark: string;
  readonly afterPaid: boolean;
  /** The job that cancels a whole session, where one does. */
  readonly jobId?: string | undefined;
};

/**
 * Cancels an order that is not shipped; the refund of a paid order starts right after. A user cannot cancel what was
 * used: an order that is COMPLETED, or of which a session has begun. Throws ILLEGAL_TRANSITION.
 */
export function cancelOrder(
  order: Order,
  { by, remark, afterPaid, jobId }: Cancellation,
  context: Context,
): Decision {
  if (order.cancelReason !== undefined) return unchanged(order);
  if (by === "USER" && !afterPaid && !isAwaitingPayment(order.status)) {
    throw illegalTransition(order, "CANCELLED", "a paid order cannot be cancelled here");
  }
  if (by === "USER" && !isAwaitingPayment(order.status) && isUsed(order, context.now)) {
    const message = "a session of the order has begun or was attended: request a refund";
    throw illegalTransition(order, "CANCELLED", message);
  }
  if (order.status === "COMPLETED" && (by === "USER" || hasGoods(order))) {
    throw illegalTransition(order, "CANCELLED", "the order is completed: request a refund");
  }
  return cancel(order, by, context, { remark, jobId });
}

/**
 * Cancels an unpaid order that has expired. Throws PAYMENT_IN_PROGRESS while a payment is under way, for `paymentGraceMs`
 * at most: money that is captured later is refunded. Throws ILLEGAL_TRANSITION for a paid order.
 */
export function expireOrder(order: Order, context: Context, paymentGraceMs = Infinity): Decision {
  if (order.cancelReason !== undefined) return unchanged(order);
  if (!isAwaitingPayment(order.status)) {
    throw illegalTransition(order, "CANCELLED", `only unpaid orders expire, this one is ${order.status}`);
  }
  const isGraceOver = order.expiresAt.getTime() + paymentGraceMs <= context.now.getTime();
  if (order.status === "PAYMENT_PENDING" && order.paymentId && !isGraceOver) {
    throw paymentInProgress(order);
  }
  return cancel(order, "EXPIRED", context);
}

/** Cancels an order. Its history has the remark as the caller gave it, else the reason's code. */
export function cancel(
  order: Order,
  cancelReason: CancelReason,
  context: Context,
  { remark = "", jobId }: Partial<Pick<Cancellation, "remark" | "jobId">> = {},
): Decision {
  const reason = remark || cancelReason;
  const entry = historyEntry("ORDER_CANCELED", { cancel_reason: cancelReason, job_id: jobId });
  const recorded = { ...context, ...entry, reason, change: { cancelReason } };
  return transition(order, { to: "CANCELLED", trigger: triggers[cancelReason], ...recorded }, (next) => [
    { type: "order.cancelled", order: next, remark },
  ]);
}

const triggers = {
  USER: "CancelOrder",
  ADMIN: "CancelOrder",
  EXPIRED: "ExpireOrder",
  PAYMENT_FAILED: "payment.failed",
} as const satisfies Record<CancelReason, Trigger>;

/** Records that the inventory has released an order's reservation. */
export function recordStockReleased(order: Order, releasedAt: Date, context: Context): Decision {
  if (order.inventoryReleasedAt) return unchanged(order);
  const change = { inventoryReleasedAt: releasedAt };
  const entry = historyEntry("INVENTORY_RELEASED", { released_at: releasedAt.toISOString() });
  return recordChange(order, { ...context, ...entry, change });
}
