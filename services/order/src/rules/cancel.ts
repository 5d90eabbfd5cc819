import { move, note, refuseMove, unchanged, type Context, type Decision } from "./decision.ts";
import { fail } from "./errors.ts";
import { isAwaitingPayment, type CancelReason, type Cause, type Order } from "./order.ts";

/** Who cancels, what for people, and whether a paid order may still be cancelled here (spec C4). */
export type Cancellation = {
  readonly by: "USER" | "ADMIN";
  readonly remark: string;
  readonly afterPaid: boolean;
};

/** Ends an order before it is shipped. Money that was paid goes back; that begins right after (spec C4). */
export function cancelOrder(
  order: Order,
  { by, remark, afterPaid }: Cancellation,
  context: Context,
): Decision {
  if (order.cancelReason !== undefined) return unchanged(order);
  if (by === "USER" && !afterPaid && !isAwaitingPayment(order.status)) {
    refuseMove(order, "CANCELLED", "an order that is paid cannot be cancelled here");
  }
  return cancel(order, by, context, remark);
}

/**
 * Ends an unpaid order whose time is over. While a payment is under way its outcome is waited for (spec C9), but not
 * for ever: money that comes later still goes back.
 */
export function expireOrder(order: Order, context: Context, paymentGraceMs = Infinity): Decision {
  if (order.cancelReason !== undefined) return unchanged(order);
  if (!isAwaitingPayment(order.status)) {
    refuseMove(order, "CANCELLED", `only unpaid orders expire, this one is ${order.status}`);
  }
  const isGraceOver = order.expiresAt.getTime() + paymentGraceMs <= context.now.getTime();
  if (order.status === "PAYMENT_PENDING" && order.paymentId && !isGraceOver) {
    fail("PAYMENT_IN_PROGRESS", "a payment for this order is under way", { order_id: order.id });
  }
  return cancel(order, "EXPIRED", context);
}

/** Ends an order, for whatever reason. The history has the remark as it was given, else the code (spec S0.10). */
export function cancel(order: Order, cancelReason: CancelReason, context: Context, remark = ""): Decision {
  const reason = remark || cancelReason;
  const how = { ...context, entry: "ORDER_CANCELED", reason, change: { cancelReason } };
  return move(order, { to: "CANCELLED", by: causes[cancelReason], ...how }, (next) => [
    { type: "order.cancelled", order: next, remark },
  ]);
}

const causes = {
  USER: "CancelOrder",
  ADMIN: "CancelOrder",
  EXPIRED: "ExpireOrder",
  PAYMENT_FAILED: "payment.failed",
} as const satisfies Record<CancelReason, Cause>;

/** The inventory says that an order's goods are back in stock (spec C14). */
export function recordStockReleased(order: Order, releasedAt: Date, context: Context): Decision {
  if (order.inventoryReleasedAt) return unchanged(order);
  const change = { inventoryReleasedAt: releasedAt };
  return note(order, { ...context, entry: "INVENTORY_RELEASED", change });
}
