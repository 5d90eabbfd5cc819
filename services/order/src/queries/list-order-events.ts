import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { query } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { historyToProto } from "../proto.ts";
import { historyFromRow, type HistoryRow } from "../store/order-rows.ts";
import { selectHistory } from "../store/statements.ts";
import { getOrder } from "./get-order.ts";

/** OrderService.ListOrderEvents: the order's history, oldest first. */
export function listOrderEventsRpc(deps: Deps): UnaryHandler<typeof OrderService.method.listOrderEvents> {
  return async ({ orderId }, { caller }) => {
    const { id, userId, total } = await getOrder(deps, orderId, caller);
    const rows = await query<HistoryRow>(deps.db.pool, selectHistory, [userId, id]);
    return { events: rows.map((row) => historyToProto(historyFromRow(row, total.currency))) };
  };
}
