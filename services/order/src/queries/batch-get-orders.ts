import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { idFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { mayRead } from "../rules/access.ts";
import { findOrders, type Reader } from "../store/order-reads.ts";

/** OrderService.BatchGetOrders: the orders that the caller may read, in the order of the request. */
export function batchGetOrdersRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.batchGetOrders> {
  return async ({ orderIds, pageToken }, { caller }) => {
    const ids = [...new Set(orderIds.map((id) => id.toLowerCase()))];
    const last = idFromPageToken(pageToken, ids);
    const left = last === undefined ? ids : ids.slice(ids.indexOf(last) + 1);
    const orders = await findOrders(db, left);
    const readable = new Map(
      orders.filter(({ userId }) => mayRead(userId, caller)).map((order) => [order.id, order]),
    );
    const found = left.flatMap((id) => readable.get(id) ?? []);
    const { messages, nextPageToken } = pageOf(found, {
      pageSize: found.length,
      toMessage: orderToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, ids),
    });
    return { orders: messages, nextPageToken };
  };
}
