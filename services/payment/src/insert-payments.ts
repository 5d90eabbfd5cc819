import { prepared, rowSet } from "@till/postgres";
import { auditOf } from "./audit/statements.ts";
import { historyFrom } from "./history-rows.ts";

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

/**
 * Writes a batch of new payments with their history. A payment whose key is taken, or whose order has a payment
 * under way, writes nothing at all. Answers the payments that were written.
 */
export const insertPayments = prepared(
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

/** The parameters of `insertPayments`. */
export const insertParams = (rows: {
  readonly payments: Parameters<typeof requested.params>[0];
  readonly history: Parameters<typeof firstHistory.params>[0];
}) => [...requested.params(rows.payments), ...firstHistory.params(rows.history)];
