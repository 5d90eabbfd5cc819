import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { query } from "@till/postgres/statements";
import type { Caller, UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { mayRead } from "../rules/access.ts";
import { appError } from "../rules/errors.ts";
import type { Order } from "../rules/order.ts";
import { orderToProto } from "../proto.ts";
import { orderFromRow, type OrderRow } from "../store/order-rows.ts";
import { selectOrder } from "../store/statements.ts";

/** OrderService.GetOrder */
export function getOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.getOrder> {
  return async ({ orderId }, { caller }) => ({ order: orderToProto(await getOrder(deps, orderId, caller)) });
}

/** An order the caller may see. Somebody else's is ORDER_NOT_FOUND, as if it did not exist (spec C19). */
export async function getOrder(deps: Deps, orderId: string, caller: Caller): Promise<Order> {
  const [row] = await query<OrderRow>(deps.db.pool, selectOrder, [orderId]);
  if (!row || !mayRead(row.user_id, caller)) throw appError("ORDER_NOT_FOUND", `no order ${orderId}`);
  return orderFromRow(row);
}
