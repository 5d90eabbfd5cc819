import { move, type CancelReason, type Context, type Decision, type Order } from "./order.ts";

/** Ends an order before it was fulfilled (spec C4, C9). */
export function cancel(order: Order, cancelReason: CancelReason, context: Context): Decision {
  const how = { ...context, entry: "ORDER_CANCELED", reason: cancelReason, change: { cancelReason } };
  return move(order, "CANCELLED", how, (next) => [{ type: "order.cancelled", order: next }]);
}
