import { illegalTransition, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import type { StatusEvent } from "./order-event.ts";
import { hasGoods, type Order, type OrderStatus, type Shipment } from "./order.ts";

/** The statuses that UpdateOrderStatus may set, each with its event. */
export const fulfilmentSteps = {
  READY_TO_SHIP: "order.ready_to_ship",
  SHIPPED: "order.shipped",
  DELIVERED: "order.delivered",
  COMPLETED: "order.completed",
  RETURNED: "order.returned",
} as const satisfies Partial<Record<OrderStatus, StatusEvent>>;

export type FulfilmentStep = keyof typeof fulfilmentSteps;

export type ReturnPolicy = {
  /** How long after delivery, or after a digital order was completed, a refund may be requested. */
  readonly returnWindowMs: number;
};

type Fulfilment = {
  readonly to: FulfilmentStep;
  readonly reason: string;
  readonly shipment: Shipment | undefined;
  readonly policy: ReturnPolicy;
};

/**
 * Records a step of fulfilment. An order with goods is shipped before it is completed; one without is never shipped.
 * Throws ILLEGAL_TRANSITION or RETURN_WINDOW_CLOSED.
 */
export function fulfil(
  order: Order,
  { to, reason, shipment, policy }: Fulfilment,
  context: Context,
): Decision {
  if (order.status === to) return unchanged(order);
  if (to === "READY_TO_SHIP" && !hasGoods(order))
    throw illegalTransition(order, to, "there is nothing to ship in this order");
  if (to === "COMPLETED" && order.status === "PAID" && hasGoods(order)) {
    throw illegalTransition(order, to, "an order with goods is completed after it was delivered");
  }
  const change: Partial<Order> = {
    ...(shipment && { shipment }),
    ...(to === "DELIVERED" && { deliveredAt: context.now }),
    ...(to === "COMPLETED" && { completedAt: context.now }),
    ...(to === "RETURNED" && { returnedAt: context.now }),
  };
  const recorded = { ...context, entry: `ORDER_${to}`, reason, change };
  const decision = transition(order, { to, trigger: "UpdateOrderStatus", ...recorded }, (next) => [
    { type: fulfilmentSteps[to], order: next },
  ]);
  if (to === "RETURNED") requireReturnable(order, policy, context.now);
  return decision;
}

/** Throws RETURN_WINDOW_CLOSED once the return window is over. */
export function requireReturnable(order: Order, { returnWindowMs }: ReturnPolicy, now: Date): void {
  const since = order.deliveredAt ?? order.completedAt;
  if (!since || since.getTime() + returnWindowMs > now.getTime()) return;
  const until = new Date(since.getTime() + returnWindowMs).toISOString();
  throw appError("RETURN_WINDOW_CLOSED", `the time to return this order ended at ${until}`, {
    metadata: { until },
  });
}

/** Completes a delivered order once its return window is over. */
export function completeDelivered(
  order: Order,
  { returnWindowMs }: ReturnPolicy,
  context: Context,
): Decision {
  const { status, deliveredAt } = order;
  const isDue = deliveredAt && deliveredAt.getTime() + returnWindowMs <= context.now.getTime();
  if (status !== "DELIVERED" || !isDue) return unchanged(order);
  const reason = "return window over";
  const recorded = { ...context, entry: "ORDER_COMPLETED", reason, change: { completedAt: context.now } };
  return transition(order, { to: "COMPLETED", trigger: "return window over", ...recorded }, (next) => [
    { type: "order.completed", order: next },
  ]);
}
