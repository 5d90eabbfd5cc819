import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import type { Reader } from "../store/order-reads.ts";
import { readableOrder } from "./readable-order.ts";

/** OrderService.GetOrder */
export function getOrderRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.getOrder> {
  return async ({ orderId }, { caller }) => ({
    order: orderToProto(await readableOrder(db, orderId, caller)),
  });
}
