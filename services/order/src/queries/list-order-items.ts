import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { itemToProto } from "../proto/order.ts";
import { readableOrder, type OrderFinder } from "./readable-order.ts";

/** OrderService.ListOrderItems: an order's lines, in the order of the request that created it. */
export function listOrderItemsRpc({
  store,
}: {
  readonly store: OrderFinder;
}): UnaryHandler<typeof OrderService.method.listOrderItems> {
  return async ({ orderId }, { caller }) => {
    const { items } = await readableOrder(store, orderId, caller);
    return { items: items.map(itemToProto) };
  };
}
