import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { mayRead } from "../rules/access.ts";
import { findOrders, type Reader } from "../store/order-reads.ts";

/** OrderService.BatchGetOrders: the orders that the caller may read, in the order of the request. */
export function batchGetOrdersRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.batchGetOrders> {
  return async ({ orderIds }, { caller }) => {
    const orders = await findOrders(db, orderIds);
    const readable = new Map(
      orders.filter(({ userId }) => mayRead(userId, caller)).map((order) => [order.id, order]),
    );
    const ids = [...new Set(orderIds.map((id) => id.toLowerCase()))];
    return { orders: ids.flatMap((id) => readable.get(id) ?? []).map(orderToProto) };
  };
}
