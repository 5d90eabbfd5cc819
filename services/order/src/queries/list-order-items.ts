import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { itemToProto } from "../proto.ts";
import { getOrder } from "./get-order.ts";

/** OrderService.ListOrderItems: an order's lines, in the order they were requested (spec S1.10). */
export function listOrderItemsRpc(deps: Deps): UnaryHandler<typeof OrderService.method.listOrderItems> {
  return async ({ orderId }, { caller }) => {
    const { items } = await getOrder(deps, orderId, caller);
    return { items: items.map(itemToProto) };
  };
}
