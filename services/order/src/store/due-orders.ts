import { prepared, query } from "@till/postgres/statements";
import type { Order } from "../rules/order.ts";
import { dueRefundStatuses } from "../rules/transitions.ts";
import type { Reader } from "./order-reads.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { orderColumns, unpaid } from "./statements.ts";

/** How many orders a statement of this file returns at most, unless its name says otherwise. */
export const dueBatch = 500;

/** How many orders `ordersWithStockDue` returns at most. */
export const stockBatch = 100;

const dayMs = 24 * 60 * 60_000;

const selectExpiring = prepared(
  "select_expiring",
  `SELECT id, CASE WHEN status = 'PAYMENT_PENDING' AND payment_id IS NOT NULL
                THEN expires_at + $3::float8 * interval '1 ms' ELSE expires_at END AS due
     FROM orders
    WHERE ${unpaid} AND expires_at <= $1
      AND (status <> 'PAYMENT_PENDING' OR payment_id IS NULL OR expires_at <= $2)
    ORDER BY expires_at LIMIT ${dueBatch}`,
);

/** An unpaid order, and when it is to be cancelled. */
export type Expiring = { readonly id: string; readonly due: Date };

/** Unpaid orders that expire until then, or have expired; those with a payment under way only after `graceMs` more. */
export function ordersExpiringBy({ pool }: Reader, until: Date, graceMs: number): Promise<Expiring[]> {
  const params = [until, new Date(until.getTime() - graceMs), graceMs];
  return query<Expiring>(pool, selectExpiring, params);
}

const selectReturnable = prepared(
  "select_returnable",
  `SELECT id FROM orders WHERE status = 'DELIVERED' AND delivered_at <= $1 ORDER BY delivered_at LIMIT ${dueBatch}`,
);

/** The ids of orders that are DELIVERED since this time or before. */
export function ordersDeliveredBy(db: Reader, time: Date): Promise<string[]> {
  return selectIds(db, selectReturnable, [time]);
}

const selectDigital = prepared(
  "select_digital",
  `SELECT id FROM orders WHERE access_since <= $1 ORDER BY access_since LIMIT ${dueBatch}`,
);

/** The ids of paid orders without goods that have all their access since this time or before. */
export function ordersWithAccessBy(db: Reader, time: Date): Promise<string[]> {
  return selectIds(db, selectDigital, [time]);
}

const dueStatuses = dueRefundStatuses.map((status) => `'${status}'`).join(", ");

const selectToRefund = prepared(
  "select_to_refund",
  `WITH due AS (
     SELECT id FROM orders WHERE status IN ('CANCELLED', 'RETURNED') AND captured_minor > refunded_minor
      UNION
     SELECT o.id FROM order_items i JOIN orders o ON o.user_id = i.user_id AND o.id = i.order_id
      WHERE i.refund_due_minor > 0 AND o.status IN (${dueStatuses})
      UNION
     SELECT id FROM orders WHERE refund_due_minor > 0 AND status IN (${dueStatuses})
      UNION
     SELECT o.id FROM orders o
       JOIN order_refund r ON r.user_id = o.user_id AND r.order_id = o.id AND r.id = o.refund_id
      WHERE o.status = 'REFUND_PENDING' AND o.captured_minor > o.refunded_minor AND r.state = 'FAILED'
   )
   SELECT o.id FROM due JOIN orders o ON o.id = due.id
     LEFT JOIN order_refund r ON r.user_id = o.user_id AND r.order_id = o.id AND r.id = o.refund_id
    WHERE (r.state IS DISTINCT FROM 'FAILED' OR o.captured_minor - o.refunded_minor < r.amount_minor OR r.updated_at <= $1::timestamptz - interval '1 ms' *
             least($2::float8 * 2 ^ (SELECT least(count(*), 20) - 1 FROM order_refund failed
                                      WHERE failed.user_id = o.user_id AND failed.order_id = o.id
                                        AND failed.state = 'FAILED'), ${dayMs}))
    ORDER BY o.id LIMIT ${dueBatch}`,
);

/**
 * The ids of orders with money to refund: cancelled and returned ones, those with lines whose refund is due, and those
 * whose refund failed after it had succeeded. After a failed refund an order is due again once `retryMs` are over, twice
 * as long after each further failure, a day at most; at once where another refund has left less than it was of.
 */
export function ordersToRefund(db: Reader, now: Date, retryMs: number): Promise<string[]> {
  return selectIds(db, selectToRefund, [now, retryMs]);
}

const selectStockDue = prepared(
  "select_stock_due",
  `SELECT ${orderColumns} FROM orders o
    WHERE o.stock_due IS NOT NULL AND (o.updated_at, o.id) > ($1::timestamptz, $2::uuid)
    ORDER BY o.updated_at, o.id LIMIT ${stockBatch}`,
);

/** Orders whose stock reservation is to be committed or released: the next batch after an order, oldest change first. */
export async function ordersWithStockDue(
  { pool }: Reader,
  after: Pick<Order, "updatedAt" | "id"> | undefined,
): Promise<Order[]> {
  const { updatedAt, id } = after ?? beforeAll;
  const rows = await query<OrderRow>(pool, selectStockDue, [updatedAt, id]);
  return rows.map(orderFromRow);
}

const beforeAll = { updatedAt: new Date(0), id: "00000000-0000-0000-0000-000000000000" };

async function selectIds(
  { pool }: Reader,
  statement: ReturnType<typeof prepared>,
  params: readonly unknown[],
): Promise<string[]> {
  const rows = await query<{ id: string }>(pool, statement, params);
  return rows.map(({ id }) => id);
}
