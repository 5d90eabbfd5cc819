import { prepared, query } from "@till/postgres/statements";
import type { ItemKind, Order } from "../rules/order.ts";
import type { Reader } from "./order-reads.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { orderColumns } from "./statements.ts";

/** The filters of a list of orders; one that is undefined does not narrow the list. */
export type OrderFilters = {
  readonly userId: string | undefined;
  readonly statuses: readonly string[] | undefined;
  /** Items of which an order has lines. */
  readonly items: readonly { readonly kind: ItemKind; readonly refId: string }[];
  readonly createdAfter: string | undefined;
  readonly createdBefore: string | undefined;
  readonly hasRefund: boolean | undefined;
};

/** Lists orders, newest first: at most `limit` of those whose id is less than `beforeId`. */
export async function listOrders(
  { pool }: Reader,
  filters: OrderFilters,
  beforeId: string | undefined,
  limit: number,
): Promise<Order[]> {
  const { name, text, params } = statementFor(filters, beforeId, limit);
  const rows = await query<OrderRow>(pool, prepared(name, text), params);
  return rows.map(orderFromRow);
}

/** The text has only the conditions of the filters in use, so that each shape gets the plan of its own index. */
function statementFor(filters: OrderFilters, beforeId: string | undefined, limit: number) {
  const params: unknown[] = [limit];
  const conditions: string[] = [];
  const where = (shape: string, value: unknown, condition: (param: string) => string) => {
    if (value === undefined) return "";
    params.push(value);
    conditions.push(condition(`$${params.length}`));
    return shape;
  };
  const only = (shape: string, isUsed: boolean, condition: string) => {
    if (!isUsed) return "";
    conditions.push(condition);
    return shape;
  };
  // The kinds are our own constants. Items of two kinds may share an id.
  const contains = (kind: ItemKind) => (param: string) =>
    `EXISTS (SELECT FROM order_items r
              WHERE r.ref_id = ${param} AND r.kind = '${kind}' AND r.order_id = o.id AND r.user_id = o.user_id)`;
  const shape = [
    where("u", filters.userId, (param) => `o.user_id = ${param}`),
    where("s", filters.statuses, (param) => `o.status = ANY(${param})`),
    ...filters.items.map(({ kind, refId }) => where(kind.charAt(0), refId, contains(kind))),
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
