import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { Calls } from "./calls.ts";
import { minorUnitsOf } from "./money.ts";
import { orderUpdateFrom } from "./order-conversion.ts";
import type { OrderWatchOptions } from "./order-requests.ts";
import type { Order, OrderStatus, OrderUpdate } from "./order.ts";
import type { Orders } from "./orders.ts";
import { watchOver } from "./watch.ts";

/** Follows an order until it is in one of the statuses to wait for, or has ended. */
export async function* watchOrder(
  calls: Calls,
  get: Orders["get"],
  orderId: string,
  options: OrderWatchOptions,
): AsyncGenerator<OrderUpdate> {
  const { until = [], follow = false, signal } = options;
  const messages = watchOver(
    calls,
    {
      open: (afterVersion, stream) =>
        calls.stream(
          OrderService.method.watchOrder,
          { orderId, ...(afterVersion !== undefined && { afterVersion }) },
          stream,
        ),
      idOf: ({ update }) => (update.case === "event" ? update.value.id : undefined),
    },
    options,
  );
  for await (const message of messages) {
    const update = orderUpdateFrom(message);
    yield update;
    if (!update.isLast) continue;
    if (until.includes(update.status)) return;
    if (follow || !endStatuses.includes(update.status)) continue;
    if (isEnded(update.kind === "snapshot" ? update.order : await get(orderId, { signal }))) return;
  }
}

const endStatuses: readonly OrderStatus[] = ["COMPLETED", "REFUNDED", "CANCELLED"];

/** A cancelled order has ended once nothing of what was captured is left to refund. */
function isEnded({ status, captured, refunded }: Order): boolean {
  if (status === "CANCELLED") return minorUnitsOf(captured) === minorUnitsOf(refunded);
  return endStatuses.includes(status);
}
