import { illegalTransition, transition, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { StatusEvent } from "./order-event.ts";
import { lastSessionEnd } from "./booking.ts";
import { hasGoodsToShip, type Order, type OrderStatus, type Shipment } from "./order.ts";

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
 * Records a step of fulfilment. An order with goods to ship is shipped before it is completed; one without, or whose
 * goods were all refunded before, is never shipped.
 * Throws ILLEGAL_TRANSITION or RETURN_WINDOW_CLOSED.
 */
export function fulfil(
  order: Order,
  { to, reason, shipment, policy }: Fulfilment,
  context: Context,
): Decision {
  if (order.status === to) return unchanged(order);
  if ((to === "READY_TO_SHIP" || to === "SHIPPED") && !hasGoodsToShip(order))
    throw illegalTransition(order, to, "there is nothing to ship in this order");
  if (to === "COMPLETED" && isBeforeShipping(order) && hasGoodsToShip(order)) {
    throw illegalTransition(order, to, "an order with goods is completed after it was delivered");
  }
  const change: Partial<Order> = {
    ...(shipment && { shipment }),
    ...(to === "DELIVERED" && { deliveredAt: context.now }),
    ...(to === "COMPLETED" && { completedAt: context.now }),
    ...(to === "RETURNED" && { returnedAt: context.now }),
  };
  const { carrier, trackingNumber: tracking_number } = shipment ?? {};
  const entry =
    to === "SHIPPED"
      ? historyEntry("ORDER_SHIPPED", { carrier, tracking_number })
      : historyEntry(`ORDER_${to}`);
  const recorded = { ...context, ...entry, reason, change };
  const decision = transition(order, { to, trigger: "UpdateOrderStatus", ...recorded }, (next) => [
    { type: fulfilmentSteps[to], order: next },
  ]);
  if (to === "RETURNED") requireReturnable(order, policy, context.now);
  return decision;
}

function isBeforeShipping({ status }: Order): boolean {
  return status === "PAID" || status === "READY_TO_SHIP";
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

export type CompletionPolicy = {
  /** How long after it was paid, and its last session has ended, an order without goods is completed. */
  readonly digitalCompletionMs: number;
};

/**
 * Since when a paid order without goods to ship has all its access: since it was paid, or its last session has ended, whichever
 * is later. Undefined for any other order.
 */
export function deriveAccessSince(order: Order): Date | undefined {
  if (order.status !== "PAID" || hasGoodsToShip(order)) return undefined;
  const paidAt = order.paidWith?.paidAt ?? order.updatedAt;
  return new Date(Math.max(paidAt.getTime(), lastSessionEnd(order)?.getTime() ?? 0));
}

/** Completes a paid order without goods to ship once its access has lasted for the time of the policy. */
export function completeDigital(
  order: Order,
  { digitalCompletionMs }: CompletionPolicy,
  context: Context,
): Decision {
  const since = deriveAccessSince(order);
  if (!since || since.getTime() + digitalCompletionMs > context.now.getTime()) return unchanged(order);
  return complete(order, "access granted", context);
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
  return complete(order, "return window over", context);
}

function complete(
  order: Order,
  trigger: "access granted" | "return window over",
  context: Context,
): Decision {
  const change = { completedAt: context.now };
  const recorded = { ...context, ...historyEntry("ORDER_COMPLETED"), reason: trigger, change };
  return transition(order, { to: "COMPLETED", trigger, ...recorded }, (next) => [
    { type: "order.completed", order: next },
  ]);
}
