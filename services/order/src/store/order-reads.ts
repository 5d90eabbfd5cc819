import { prepared, query, transact, type Db } from "@till/postgres/statements";
import { DatabaseError } from "pg";
import type { RecordedEntry } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import { historyFromRow, type HistoryRow } from "./history-rows.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { orderColumns, selectHistory, selectOrder, selectOrders } from "./statements.ts";

/** The connections that orders are read on. */
export type Reader = Pick<Db, "pool">;

/** Finds those of the orders that exist, in no order. */
export async function findOrders({ pool }: Reader, ids: readonly string[]): Promise<Order[]> {
  const rows = await query<OrderRow>(pool, selectOrders, [ids]);
  return rows.map(orderFromRow);
}

const selectHistoryPage = prepared("select_history_page", `${selectHistory.text} OFFSET $3 LIMIT $4`);

/** Reads a part of an order's history, oldest entry first. */
export async function readHistory(
  { pool }: Reader,
  { id, userId, total }: Pick<Order, "id" | "userId" | "total">,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<RecordedEntry[]> {
  const rows = await query<HistoryRow>(pool, selectHistoryPage, [userId, id, offset, limit]);
  return rows.map((row) => historyFromRow(row, total.currency));
}

/** Reads an order and its history from one snapshot. */
export function findOrderWithHistory(
  db: Reader,
  id: string,
): Promise<{ readonly order: Order; readonly history: readonly RecordedEntry[] } | undefined> {
  return transact(db, async (tx) => {
    await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const [row] = await query<OrderRow>(tx, selectOrder, [id]);
    if (!row) return undefined;
    const rows = await query<HistoryRow>(tx, selectHistory, [row.user_id, row.id]);
    return { order: orderFromRow(row), history: rows.map((entry) => historyFromRow(entry, row.currency)) };
  });
}

// The index `one_live_purchase` allows one at most, and finds it.
const selectLivePurchase = prepared(
  "select_live_purchase",
  `SELECT ${orderColumns} FROM order_items had
     JOIN orders o ON o.user_id = had.user_id AND o.id = had.order_id
    WHERE had.user_id = $1 AND had.ref_id = $2 AND had.live AND had.kind = 'DIGITAL_COURSE'`,
);

/** Finds the live order of a user for a course. */
export async function findLivePurchase(
  { pool }: Reader,
  userId: string,
  courseId: string,
): Promise<Order | undefined> {
  const [row] = await query<OrderRow>(pool, selectLivePurchase, [userId, courseId]);
  return row && orderFromRow(row);
}

const selectBoughtAgain = prepared(
  "select_bought_again",
  `SELECT mine.ref_id FROM order_items mine
     JOIN order_items other ON other.user_id = mine.user_id AND other.ref_id = mine.ref_id
                           AND other.live AND other.kind = 'DIGITAL_COURSE' AND other.order_id <> mine.order_id
    WHERE mine.order_id = $1 AND mine.kind = 'DIGITAL_COURSE'`,
);

/** The courses of an order that its buyer has by another live order. */
export async function coursesBoughtAgain({ pool }: Reader, orderId: string): Promise<ReadonlySet<string>> {
  const rows = await query<{ ref_id: string }>(pool, selectBoughtAgain, [orderId]);
  return new Set(rows.map(({ ref_id }) => ref_id));
}

/** Whether a write failed because it would give a buyer a course that the buyer has by another live order. */
export function isBoughtAgain(error: unknown): boolean {
  return error instanceof DatabaseError && error.constraint === "one_live_purchase";
}
