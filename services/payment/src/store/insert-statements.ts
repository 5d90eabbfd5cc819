import { providerTimeout } from "@till/contracts/payment-events";
import { prepared, rowSet } from "@till/postgres/statements";
import { auditOf } from "./audit-statements.ts";
import { historyFrom } from "./history-rows.ts";

/** Payments of one user are inserted one batch after the other. The schema is part of the lock's name. */
export const lockUsers = prepared(
  "lock_users",
  `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' payments of ' || user_id, 0))
     FROM unnest($1::text[]) AS payer(user_id)`,
);

/** Payments of these users and orders that have no end. */
export const selectUnderWay = prepared(
  "select_under_way",
  `SELECT p.id, p.user_id, p.order_id
     FROM unnest($1::text[], $2::uuid[]) AS requested(user_id, order_id)
     JOIN payment p ON p.user_id = requested.user_id AND p.order_id = requested.order_id
      AND p.status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')`,
);

/**
 * The newest attempts of each user within the hour before `$2` that count against the limits: declined ones, and those
 * that may still be declined. A payment that its order rejected, or that did not reach the provider, does not count.
 */
export const selectAttempts = prepared(
  "select_attempts",
  `SELECT recent.*
     FROM unnest($1::text[], $2::timestamptz[]) AS payer(user_id, now)
    CROSS JOIN LATERAL (
      SELECT p.user_id, p.created_at, p.card_hash FROM payment p
       WHERE p.user_id = payer.user_id AND p.created_at > payer.now - interval '1 hour'
         AND p.status IN ('PENDING', 'REQUIRES_ACTION', 'UNKNOWN', 'FAILED', 'VOIDED')
         AND p.caller_id IS NOT NULL
         AND CASE p.status WHEN 'PENDING' THEN p.lease_expires_at IS NOT NULL
                           WHEN 'FAILED' THEN p.failure_code <> '${providerTimeout}'
                           WHEN 'VOIDED' THEN p.authorized_minor = 0
                           ELSE true END
       ORDER BY p.created_at DESC LIMIT $3
    ) recent`,
);

const requested = rowSet("requested", 1, {
  id: "uuid",
  user_id: "text",
  order_id: "uuid",
  caller_id: "text",
  idempotency_key: "text",
  request_hash: "text",
  status: "text",
  currency: "text",
  amount_minor: "bigint",
  method: "text",
  payment_method_id: "uuid",
  card_hash: "text",
  capture_method: "text",
  lease_expires_at: "timestamptz",
  version: "integer",
  created_at: "timestamptz",
});
const firstHistory = historyFrom(requested.next);

/** Inserts new payments with their history. A payment whose key is taken is left out, with all of its rows. */
export const insertRows = prepared(
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

/** The parameters of `insertRows`. */
export const insertParams = (
  payments: Parameters<typeof requested.params>[0],
  history: Parameters<typeof firstHistory.params>[0],
) => [...requested.params(payments), ...firstHistory.params(history)];
