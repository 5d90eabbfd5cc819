import { prepared, rowSet } from "@till/postgres/statements";
import type { AttemptLimits } from "../rules/attempt-limit.ts";
import { auditOf } from "./audit-statements.ts";
import { historyFrom } from "./history-rows.ts";

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
const perUser = firstHistory.next;
const perCard = perUser + 1;
const lockTimeout = perCard + 1;

/**
 * Inserts new payments, one a user at most, with their history; returns the ids of the inserted ones. Nothing is inserted
 * of a payment whose key is taken, whose order has a payment without an end, or whose user has made too many attempts.
 *
 * `attempts_of` locks the users and reads the attempts that count against the limits: declined ones, and those that may
 * still be declined. A payment that its order rejected, or that did not reach the provider, does not count.
 *
 * The statement runs by itself, so it sets its own time-out for locks: "0" is none.
 */
export const insertRows = prepared(
  "insert_payments_within_limits",
  `WITH waits AS MATERIALIZED (
     SELECT set_config('lock_timeout', $${lockTimeout}, true)
   ), requested AS MATERIALIZED (
     SELECT requested.* FROM waits, ${requested.from}
   ), attempt AS MATERIALIZED (
     SELECT attempt.* FROM attempts_of(
       ARRAY(SELECT user_id FROM requested ORDER BY ord), ARRAY(SELECT created_at FROM requested ORDER BY ord),
       $${perUser}::integer) AS attempt
   ), new_payments AS (
     INSERT INTO payment (${requested.columns}, check_at, updated_at)
     SELECT ${requested.columns}, created_at, created_at FROM requested
      WHERE (SELECT count(*) FROM attempt WHERE payer = user_id) < $${perUser}::integer
        AND (SELECT count(*) FROM attempt WHERE payer = user_id AND card = card_hash) < $${perCard}::integer
      ORDER BY ord
     ON CONFLICT DO NOTHING
     RETURNING id
   ), new_history AS (
     INSERT INTO payment_event (${firstHistory.columns})
     SELECT ${firstHistory.columns} FROM ${firstHistory.from} WHERE payment_id IN (SELECT id FROM new_payments)
     RETURNING *
   ), ${auditOf("new_history")}
   SELECT id FROM new_payments`,
);

/** The parameters of `insertRows`. Payments are inserted in the order of `payments`. */
export const insertParams = (rows: {
  readonly payments: Parameters<typeof requested.params>[0];
  readonly history: Parameters<typeof firstHistory.params>[0];
  readonly limits: AttemptLimits;
  readonly lockTimeoutMs: number;
}) => [
  ...requested.params(rows.payments),
  ...firstHistory.params(rows.history),
  rows.limits.perUser,
  rows.limits.perCard,
  String(rows.lockTimeoutMs),
];

/** The payment without an end of a user and order. */
export const selectUnderWay = prepared(
  "select_under_way",
  `SELECT p.id FROM payment p
    WHERE p.user_id = $1 AND p.order_id = $2
      AND p.status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')`,
);

/** A user's newest attempts within the hour before `$2` that count against the limits. */
export const selectAttempts = prepared(
  "select_attempts",
  `SELECT made_at AS at, coalesce(card, '') AS "cardHash"
     FROM attempts_of(ARRAY[$1::text], ARRAY[$2::timestamptz], $3::integer)`,
);
