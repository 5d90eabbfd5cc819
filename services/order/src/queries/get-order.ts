import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { readableOrder, type OrderFinder } from "./readable-order.ts";

/** OrderService.GetOrder */
export function getOrderRpc({
  store,
}: {
  readonly store: OrderFinder;
}): UnaryHandler<typeof OrderService.method.getOrder> {
  return async ({ orderId }, { caller }) => ({
    order: orderToProto(await readableOrder(store, orderId, caller)),
  });
}
