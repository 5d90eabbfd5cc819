import { OrderStatus, type Order } from "@till/gen/till/order/v1/order_pb";
import type { RestCall } from "./rest-route.ts";
import { statusFromName } from "./status-names.ts";

type StatusChange = {
  readonly orderId: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly carrier?: string | undefined;
  readonly trackingNumber?: string | undefined;
};

/** Sets an order's status: CANCELLED is CancelOrder, all others are UpdateOrderStatus. */
export async function setStatus({ orders, options }: RestCall, change: StatusChange): Promise<Order> {
  const { orderId, reason = "", carrier = "", trackingNumber = "" } = change;
  const status = statusFromName(change.status);
  const { order } =
    status === OrderStatus.CANCELLED
      ? await orders.cancelOrder({ orderId, reason }, options)
      : await orders.updateOrderStatus({ orderId, status, reason, carrier, trackingNumber }, options);
  return order!;
}

/** The reasons that a change of an order has of its own. */
export const changeReasons = [
  "ORDER_NOT_FOUND",
  "ILLEGAL_TRANSITION",
  "RETURN_WINDOW_CLOSED",
  "IDEMPOTENCY_KEY_REUSED",
];
