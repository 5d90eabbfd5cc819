import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { query } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { orderFromRow, type OrderRow } from "../store/order-rows.ts";
import { selectOrders } from "../store/statements.ts";
import { mayRead } from "../rules/access.ts";

/** OrderService.BatchGetOrders: what the caller may see, in the order asked for; the rest is left out. */
export function batchGetOrdersRpc(deps: Deps): UnaryHandler<typeof OrderService.method.batchGetOrders> {
  return async ({ orderIds }, { caller }) => {
    const rows = await query<OrderRow>(deps.db.pool, selectOrders, [orderIds]);
    const readable = new Map(rows.filter((row) => mayRead(row.user_id, caller)).map((row) => [row.id, row]));
    const asked = [...new Set(orderIds.map((id) => id.toLowerCase()))];
    const found = asked.flatMap((id) => readable.get(id) ?? []);
    return { orders: found.map((row) => orderToProto(orderFromRow(row))) };
  };
}
