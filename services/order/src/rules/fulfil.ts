import { move, refuseMove, unchanged, type Context, type Decision, type StatusEvent } from "./decision.ts";
import { fail } from "./errors.ts";
import { hasGoods, type Order, type OrderStatus, type Shipment } from "./order.ts";

/** The statuses that UpdateOrderStatus may ask for; money moves orders by events alone (spec C17). */
export const fulfilmentSteps = {
  READY_TO_SHIP: "order.ready_to_ship",
  SHIPPED: "order.shipped",
  DELIVERED: "order.delivered",
  COMPLETED: "order.completed",
  RETURNED: "order.returned",
} as const satisfies Partial<Record<OrderStatus, StatusEvent>>;

export type FulfilmentStep = keyof typeof fulfilmentSteps;

export type ReturnPolicy = {
  /** How long after delivery, or after a digital order was completed, money may be asked back. */
  readonly returnWindowMs: number;
};

export type Fulfilment = {
  readonly to: FulfilmentStep;
  readonly reason: string;
  readonly shipment: Shipment | undefined;
  readonly policy: ReturnPolicy;
};

/** Records a step of fulfilment. Goods are shipped before they are completed; without goods nothing is (spec C10, C11). */
export function fulfil(
  order: Order,
  { to, reason, shipment, policy }: Fulfilment,
  context: Context,
): Decision {
  if (order.status === to) return unchanged(order);
  if (to === "READY_TO_SHIP" && !hasGoods(order))
    refuseMove(order, to, "there is nothing to ship in this order");
  if (to === "COMPLETED" && order.status === "PAID" && hasGoods(order)) {
    refuseMove(order, to, "an order with goods is completed after it was delivered");
  }
  const change: Partial<Order> = {
    ...(shipment && { shipment }),
    ...(to === "DELIVERED" && { deliveredAt: context.now }),
    ...(to === "COMPLETED" && { completedAt: context.now }),
    ...(to === "RETURNED" && { returnedAt: context.now }),
  };
  const how = { ...context, entry: `ORDER_${to}`, reason, change };
  const moved = move(order, { to, by: "UpdateOrderStatus", ...how }, (next) => [
    { type: fulfilmentSteps[to], order: next },
  ]);
  if (to === "RETURNED") requireReturnable(order, policy, context.now);
  return moved;
}

/** Throws RETURN_WINDOW_CLOSED where the time to send goods or a course back is over (spec section 6). */
export function requireReturnable(order: Order, { returnWindowMs }: ReturnPolicy, now: Date): void {
  const since = order.deliveredAt ?? order.completedAt;
  if (!since || since.getTime() + returnWindowMs > now.getTime()) return;
  const until = new Date(since.getTime() + returnWindowMs).toISOString();
  fail("RETURN_WINDOW_CLOSED", `the time to return this order ended at ${until}`, { until });
}

/** A delivered order is COMPLETED when its return window is over (spec C10). */
export function completeDelivered(
  order: Order,
  { returnWindowMs }: ReturnPolicy,
  context: Context,
): Decision {
  const { status, deliveredAt } = order;
  const isDue = deliveredAt && deliveredAt.getTime() + returnWindowMs <= context.now.getTime();
  if (status !== "DELIVERED" || !isDue) return unchanged(order);
  const reason = "return window over";
  const how = { ...context, entry: "ORDER_COMPLETED", reason, change: { completedAt: context.now } };
  return move(order, { to: "COMPLETED", by: "return window over", ...how }, (next) => [
    { type: "order.completed", order: next },
  ]);
}
