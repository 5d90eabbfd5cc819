import type { ListOrdersRequest, OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { prepared, query } from "@till/postgres/statements";
import {
  idFromPageToken,
  pageTokenFor,
  timeFromProto,
  type Caller,
  type UnaryHandler,
} from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { orderFromRow, type OrderRow } from "../store/order-rows.ts";
import { orderColumns } from "../store/statements.ts";
import { statusesFromProto } from "./status-filter.ts";
import { whose } from "./owner-filter.ts";

/** OrderService.ListOrders: newest first, a keyset page at a time. */
export function listOrdersRpc(deps: Deps): UnaryHandler<typeof OrderService.method.listOrders> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page tells whether there is a next one, without counting.
    const { name, text, params } = listStatement(filters, before, pageSize + 1);
    const rows = await query<OrderRow>(deps.db.pool, prepared(name, text), params);
    const page = rows.slice(0, pageSize);
    const nextPageToken = rows.length > pageSize ? pageTokenFor(page.at(-1)!.id, filters) : "";
    return { orders: page.map((row) => orderToProto(orderFromRow(row))), nextPageToken };
  };
}

/** What a list is narrowed to; a filter that is undefined does not narrow. */
type Filters = {
  readonly userId: string | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly refIds: readonly string[];
  readonly createdAfter: string | undefined;
  readonly createdBefore: string | undefined;
  readonly hasRefund: boolean | undefined;
};

function filtersOf(request: ListOrdersRequest, caller: Caller): Filters {
  const statuses = statusesFromProto(request.statuses);
  const { courseId, sessionId, productId } = request;
  return {
    userId: whose(request.userId, caller),
    statuses: statuses.length > 0 ? statuses : undefined,
    refIds: [courseId, sessionId, productId].filter((id) => id !== "").map((id) => id.toLowerCase()),
    createdAfter: request.createdAfter && timeFromProto(request.createdAfter, "created_after").toISOString(),
    createdBefore:
      request.createdBefore && timeFromProto(request.createdBefore, "created_before").toISOString(),
    hasRefund: request.hasRefund,
  };
}

/** Only the conditions that are asked for are in the text, so that each shape gets the plan of its own index. */
function listStatement(filters: Filters, beforeId: string | undefined, limit: number) {
  const params: unknown[] = [limit];
  const conditions: string[] = [];
  const where = (shape: string, value: unknown, condition: (param: string) => string) => {
    if (value === undefined) return "";
    params.push(value);
    conditions.push(condition(`$${params.length}`));
    return shape;
  };
  const only = (shape: string, isAsked: boolean, condition: string) => {
    if (!isAsked) return "";
    conditions.push(condition);
    return shape;
  };
  const holds = (param: string) =>
    `EXISTS (SELECT FROM order_items r WHERE r.ref_id = ${param} AND r.order_id = o.id AND r.user_id = o.user_id)`;
  const shape = [
    where("u", filters.userId, (param) => `o.user_id = ${param}`),
    where("s", filters.statuses, (param) => `o.status = ANY(${param})`),
    ...filters.refIds.map((refId) => where("r", refId, holds)),
    only("m", filters.hasRefund === true, "o.refunded_minor > 0"),
    only("n", filters.hasRefund === false, "o.refunded_minor = 0"),
    where("a", filters.createdAfter, (param) => `o.created_at >= ${param}`),
    where("b", filters.createdBefore, (param) => `o.created_at < ${param}`),
    where("k", beforeId, (param) => `o.id < ${param}`),
  ].join("");
  const condition = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const text = `SELECT ${orderColumns} FROM orders o ${condition} ORDER BY o.id DESC LIMIT $1`;
  return { name: `list_orders_${shape}`, text, params };
}
