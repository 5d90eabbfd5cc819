import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { offsetFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import { historyToProto } from "../proto/order.ts";
import { readHistory, type Reader } from "../store/order-reads.ts";
import { readableOrder, type OrderFinder } from "./readable-order.ts";

/** OrderService.ListOrderEvents: the order's history, oldest first. It only grows, so that a number of entries is a place. */
export function listOrderEventsRpc({
  db,
  store,
}: {
  readonly db: Reader;
  readonly store: OrderFinder;
}): UnaryHandler<typeof OrderService.method.listOrderEvents> {
  return async ({ orderId, pageSize: requested, pageToken }, { caller }) => {
    const order = await readableOrder(store, orderId, caller);
    const filters = { orderId: order.id };
    const offset = offsetFromPageToken(pageToken, filters);
    const pageSize = requested || 1_000;
    const history = await readHistory(db, order, { offset, limit: pageSize + 1 });
    const { messages, nextPageToken } = pageOf(history, {
      pageSize,
      toMessage: historyToProto,
      tokenAfter: (_, count) => pageTokenFor(offset + count, filters),
    });
    return { events: messages, nextPageToken };
  };
}
