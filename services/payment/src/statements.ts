import { outboxInsert } from "@till/events";
import { prepared } from "@till/postgres";

/** A payment, as `PaymentRow`. */
export const paymentColumns = `
  p.id, p.user_id, p.order_id, p.caller_id, p.idempotency_key, p.request_hash, p.status, p.currency, p.amount_minor,
  p.authorized_minor, p.captured_minor, p.refunded_minor, p.method, p.provider_token, p.transaction_id, p.failure_code,
  p.failure_reason, p.retryable, p.attempt_until, p.version, p.created_at, p.updated_at, p.processed_at`;

const historyInsert = (param: number, where = "true") => `
  INSERT INTO payment_event (user_id, payment_id, version, position, type, from_status, to_status, actor, reason,
                             created_at)
  SELECT user_id, payment_id, version, position, type, from_status, to_status, actor, reason, created_at
    FROM json_to_recordset($${param}) AS e(user_id uuid, payment_id uuid, version integer, position integer, type text,
           from_status text, to_status text, actor text, reason text, created_at timestamptz)
   WHERE ${where}`;

/**
 * Writes a batch of new payments with their history. A payment whose key is taken, or whose order has a payment
 * under way, writes nothing at all. Answers the payments that were written.
 */
export const insertPayments = prepared(
  "insert_payments",
  `WITH new_payments AS (
     INSERT INTO payment (id, user_id, order_id, caller_id, idempotency_key, request_hash, status, currency,
                          amount_minor, method, provider_token, attempt_until, check_at, version, created_at,
                          updated_at)
     SELECT id, user_id, order_id, caller_id, idempotency_key, request_hash, status, currency, amount_minor, method,
            provider_token, attempt_until, created_at, version, created_at, created_at
       FROM json_to_recordset($1) AS p(id uuid, user_id uuid, order_id uuid, caller_id text, idempotency_key text,
              request_hash text, status text, currency text, amount_minor bigint, method text, provider_token text,
              attempt_until timestamptz, version integer, created_at timestamptz)
     ON CONFLICT DO NOTHING
     RETURNING id
   ), new_history AS (
     ${historyInsert(2, "payment_id IN (SELECT id FROM new_payments)")}
   )
   SELECT id FROM new_payments`,
);

/** The payments of a batch of keys. */
export const selectByKeys = prepared(
  "select_by_keys",
  `SELECT ${paymentColumns}
     FROM unnest($1::text[], $2::text[]) AS asked(caller_id, key)
     JOIN payment p ON p.caller_id = asked.caller_id AND p.idempotency_key = asked.key`,
);

/** Locks payments in the order of their ids, so that two batches never wait for each other in a circle. */
export const lockPayments = prepared(
  "lock_payments",
  `SELECT ${paymentColumns} FROM payment p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id FOR UPDATE OF p`,
);

/** Writes a batch of changes: payments, history, outbox rows. */
export const saveChanges = prepared(
  "save_changes",
  `WITH changed AS (
     UPDATE payment p
        SET caller_id = c.caller_id, idempotency_key = c.idempotency_key, request_hash = c.request_hash,
            status = c.status, authorized_minor = c.authorized_minor, captured_minor = c.captured_minor,
            refunded_minor = c.refunded_minor, provider_token = c.provider_token, transaction_id = c.transaction_id,
            failure_code = c.failure_code, failure_reason = c.failure_reason, retryable = c.retryable,
            attempt_until = c.attempt_until, version = c.version, updated_at = c.updated_at,
            processed_at = c.processed_at
       FROM json_to_recordset($1) AS c(id uuid, user_id uuid, caller_id text, idempotency_key text, request_hash text,
              status text, authorized_minor bigint, captured_minor bigint, refunded_minor bigint, provider_token text,
              transaction_id text, failure_code text, failure_reason text, retryable boolean,
              attempt_until timestamptz, version integer, updated_at timestamptz, processed_at timestamptz)
      WHERE p.user_id = c.user_id AND p.id = c.id
   ), new_history AS (
     ${historyInsert(2)}
   )
   ${outboxInsert(3)}`,
);

/**
 * Takes open payments that nobody is at work on, oldest check first, and sets when they are looked at next. Two
 * processes that ask at once get different ones.
 */
export const claimOpen = prepared(
  "claim_open",
  `WITH due AS MATERIALIZED (
     SELECT user_id, id FROM payment
      WHERE status IN ('PENDING', 'UNKNOWN') AND check_at <= $1::timestamptz AND created_at <= $2::timestamptz
        AND (attempt_until IS NULL OR attempt_until <= $1::timestamptz)
      ORDER BY check_at LIMIT $4 FOR UPDATE SKIP LOCKED
   )
   UPDATE payment p SET check_at = $3::timestamptz FROM due WHERE p.user_id = due.user_id AND p.id = due.id
   RETURNING ${paymentColumns}`,
);

export const selectPayment = prepared(
  "select_payment",
  `SELECT ${paymentColumns} FROM payment p WHERE p.id = $1`,
);
