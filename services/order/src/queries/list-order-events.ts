import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { historyToProto } from "../proto/order.ts";
import { readHistory, type Reader } from "../store/order-reads.ts";
import { readableOrder } from "./readable-order.ts";

/** OrderService.ListOrderEvents: the order's history, oldest first. */
export function listOrderEventsRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.listOrderEvents> {
  return async ({ orderId }, { caller }) => {
    const order = await readableOrder(db, orderId, caller);
    const history = await readHistory(db, order);
    return { events: history.map(historyToProto) };
  };
}
