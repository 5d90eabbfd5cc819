import { prepared, query, rowSet } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { auditOf } from "../audit/statements.ts";
import type { Payment } from "../rules/payment.ts";
import { historyFrom, historyRows } from "./history-rows.ts";
import { newPaymentRow } from "./payment-rows.ts";
import type { Decision } from "../rules/decision.ts";

/** Names an order to those who pay it. Who names somebody else's must not stand in its owner's way. */
export function orderOf({ userId, orderId }: Pick<Payment, "userId" | "orderId">): string {
  return `${userId} ${orderId}`;
}

/** Those of the payments' orders that have a payment under way. */
export async function ordersUnderWay(tx: PoolClient, payments: readonly Payment[]): Promise<Set<string>> {
  const params = [payments.map(({ userId }) => userId), payments.map(({ orderId }) => orderId)];
  const rows = await query<{ user_id: string; order_id: string }>(tx, selectUnderWay, params);
  return new Set(rows.map(({ user_id: userId, order_id: orderId }) => orderOf({ userId, orderId })));
}

/**
 * Writes new payments with their history. One whose key is taken, or whose order has a payment under way, writes
 * nothing at all. Answers the ids of those that were written.
 */
export async function insertPayments(tx: PoolClient, decisions: readonly Decision[]): Promise<Set<string>> {
  // In the order of the orders, so that two batches never wait for each other in a circle.
  const payments = decisions
    .map(({ payment }) => payment)
    .sort((a, b) => (a.orderId < b.orderId ? -1 : 1))
    .map(newPaymentRow);
  const history = decisions.flatMap((decision) => historyRows(decision.history));
  const params = [...requested.params(payments), ...firstHistory.params(history)];
  const rows = await query<{ id: string }>(tx, insertRows, params);
  return new Set(rows.map(({ id }) => id));
}

const selectUnderWay = prepared(
  "select_under_way",
  `SELECT p.user_id, p.order_id
     FROM unnest($1::uuid[], $2::uuid[]) AS asked(user_id, order_id)
     JOIN payment p ON p.user_id = asked.user_id AND p.order_id = asked.order_id
      AND p.status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')`,
);

const requested = rowSet("requested", 1, {
  id: "uuid",
  user_id: "uuid",
  order_id: "uuid",
  caller_id: "text",
  idempotency_key: "text",
  request_hash: "text",
  status: "text",
  currency: "text",
  amount_minor: "bigint",
  method: "text",
  payment_method_id: "uuid",
  wants_capture: "boolean",
  attempt_until: "timestamptz",
  version: "integer",
  created_at: "timestamptz",
});
const firstHistory = historyFrom(requested.next);

const insertRows = prepared(
  "insert_payments",
  `WITH new_payments AS (
     INSERT INTO payment (${requested.columns}, check_at, updated_at)
     SELECT ${requested.columns}, created_at, created_at FROM ${requested.from} ORDER BY ord
     ON CONFLICT DO NOTHING
     RETURNING id
   ), new_history AS (
     INSERT INTO payment_event (${firstHistory.columns})
     SELECT ${firstHistory.columns} FROM ${firstHistory.from} WHERE payment_id IN (SELECT id FROM new_payments)
     RETURNING *
   ), ${auditOf("new_history")}
   SELECT id FROM new_payments`,
);
