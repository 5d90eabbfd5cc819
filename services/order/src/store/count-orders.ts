import { prepared, query, type Db } from "@till/postgres/statements";
import type { OrderStatus } from "../rules/order.ts";

const countByStatus = prepared(
  "count_orders_by_status",
  `SELECT status, count(*)::int AS orders FROM orders GROUP BY status`,
);

const newest = prepared("newest_order_at", `SELECT created_at FROM orders ORDER BY id DESC LIMIT 1`);

/** Counts the orders of each status there are orders of. Reads an index from end to end: some 100 ms for a million orders. */
export async function countOrders({ pool }: Pick<Db, "pool">): Promise<Map<OrderStatus, number>> {
  const rows = await query<{ status: OrderStatus; orders: number }>(pool, countByStatus, []);
  return new Map(rows.map(({ status, orders }) => [status, orders]));
}

/** When the newest order was placed: ids are in order of time. Undefined where there is none. */
export async function newestOrderAt({ pool }: Pick<Db, "pool">): Promise<Date | undefined> {
  const [row] = await query<{ created_at: Date }>(pool, newest, []);
  return row?.created_at;
}
