import { outbox, type OutgoingEvent } from "@till/events";
import { prepared, rowSet } from "@till/postgres";

/** A payment, as `PaymentRow`. */
export const paymentColumns = `
  p.id, p.user_id, p.order_id, p.caller_id, p.idempotency_key, p.request_hash, p.status, p.currency, p.amount_minor,
  p.authorized_minor, p.captured_minor, p.refunded_minor, p.method, p.provider_token, p.transaction_id, p.failure_code,
  p.failure_reason, p.retryable, p.attempt_until, p.version, p.created_at, p.updated_at, p.processed_at`;

const historyFrom = (first: number) =>
  rowSet("entry", first, {
    user_id: "uuid",
    payment_id: "uuid",
    version: "integer",
    position: "integer",
    type: "text",
    from_status: "text",
    to_status: "text",
    actor: "text",
    reason: "text",
    created_at: "timestamptz",
  });

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
  provider_token: "text",
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
   )
   SELECT id FROM new_payments`,
);

/** The parameters of `insertPayments`. */
export const insertParams = (rows: {
  readonly payments: Parameters<typeof requested.params>[0];
  readonly history: Parameters<typeof firstHistory.params>[0];
}) => [...requested.params(rows.payments), ...firstHistory.params(rows.history)];

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

const changed = rowSet("changed", 1, {
  id: "uuid",
  user_id: "uuid",
  caller_id: "text",
  idempotency_key: "text",
  request_hash: "text",
  status: "text",
  authorized_minor: "bigint",
  captured_minor: "bigint",
  refunded_minor: "bigint",
  provider_token: "text",
  transaction_id: "text",
  failure_code: "text",
  failure_reason: "text",
  retryable: "boolean",
  attempt_until: "timestamptz",
  version: "integer",
  updated_at: "timestamptz",
  processed_at: "timestamptz",
});
const laterHistory = historyFrom(changed.next);
const laterEvents = outbox(laterHistory.next);

/** Writes a batch of changes: payments, history, outbox rows. */
export const saveChanges = prepared(
  "save_changes",
  `WITH new_state AS (
     UPDATE payment p
        SET caller_id = changed.caller_id, idempotency_key = changed.idempotency_key,
            request_hash = changed.request_hash, status = changed.status,
            authorized_minor = changed.authorized_minor, captured_minor = changed.captured_minor,
            refunded_minor = changed.refunded_minor, provider_token = changed.provider_token,
            transaction_id = changed.transaction_id, failure_code = changed.failure_code,
            failure_reason = changed.failure_reason, retryable = changed.retryable,
            attempt_until = changed.attempt_until, version = changed.version, updated_at = changed.updated_at,
            processed_at = changed.processed_at
       FROM ${changed.from}
      WHERE p.user_id = changed.user_id AND p.id = changed.id
   ), new_history AS (
     INSERT INTO payment_event (${laterHistory.columns})
     SELECT ${laterHistory.columns} FROM ${laterHistory.from}
   )
   ${laterEvents.insert()}`,
);

/** The parameters of `saveChanges`. */
export const saveParams = (rows: {
  readonly states: Parameters<typeof changed.params>[0];
  readonly history: Parameters<typeof laterHistory.params>[0];
  readonly events: readonly OutgoingEvent[];
}) => [
  ...changed.params(rows.states),
  ...laterHistory.params(rows.history),
  ...laterEvents.params(rows.events),
];

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
