import { inboxInsertFrom, isInInbox } from "@till/events/consume";
import { outbox, type OutgoingEvent } from "@till/events/outbox";
import { prepared, rowSet, unnested } from "@till/postgres/statements";
import { auditOf } from "./audit-statements.ts";
import { disputeColumns } from "./dispute-rows.ts";
import { operationColumns, operationsFrom } from "./operation-statements.ts";
import { historyFrom } from "./history-rows.ts";

/** A payment, as `PaymentRow`. */
export const paymentColumns = `
  p.id, p.user_id, p.order_id, p.caller_id, p.idempotency_key, p.request_hash, p.status, p.currency, p.amount_minor,
  p.authorized_minor, p.captured_minor, p.refunded_minor, p.capture_pending_minor, p.refund_pending_minor, p.method,
  p.payment_method_id, p.card_brand, p.card_last4, p.card_exp_month, p.card_exp_year, p.capture_method, p.must_reverse,
  p.action_url, p.transaction_id, p.failure_code, p.failure_reason, p.retryable, p.lease_expires_at, p.version,
  p.created_at, p.updated_at, p.processed_at, ${Object.keys(disputeColumns)
    .map((name) => `p.${name}`)
    .join(", ")}`;

/** The payments of a batch of keys. */
export const selectByKeys = prepared(
  "select_by_keys",
  `SELECT ${paymentColumns}
     FROM unnest($1::text[], $2::text[]) AS requested(caller_id, key)
     JOIN payment p ON p.caller_id = requested.caller_id AND p.idempotency_key = requested.key`,
);

const changed = rowSet("changed", 1, {
  id: "uuid",
  user_id: "text",
  decided_on: "integer",
  event_id: "text",
  caller_id: "text",
  idempotency_key: "text",
  request_hash: "text",
  status: "text",
  authorized_minor: "bigint",
  captured_minor: "bigint",
  refunded_minor: "bigint",
  capture_pending_minor: "bigint",
  refund_pending_minor: "bigint",
  card_brand: "text",
  card_last4: "text",
  card_exp_month: "integer",
  card_exp_year: "integer",
  must_reverse: "boolean",
  action_url: "text",
  transaction_id: "text",
  failure_code: "text",
  failure_reason: "text",
  retryable: "boolean",
  lease_expires_at: "timestamptz",
  version: "integer",
  updated_at: "timestamptz",
  processed_at: "timestamptz",
  ...disputeColumns,
});
const laterHistory = historyFrom(changed.next);
const begun = operationsFrom(laterHistory.next);
const laterEvents = outbox(begun.next);
/** The payment of each event: an event's key is its order, which may have other payments. */
const published = rowSet("published", laterEvents.next, { event_id: "uuid", payment_id: "uuid" });
const group = published.next;
const lockTimeout = group + 1;

/**
 * Writes a batch of changes: payments, history, operations, outbox rows, applied events. Nothing is written of a payment
 * that has another version than the change was decided on, or whose event is recorded already. Returns the ids of the
 * payments that were written.
 *
 * A lock that was waited for is granted on the row as it is now, and the version is compared again. Locks are taken in
 * the same order by every batch: payments by their ids, then events; so two never deadlock. The statement runs by itself,
 * so it sets its own time-out for locks: "0" is none.
 */
export const saveChanges = prepared(
  "save_changes_by_version",
  `WITH waits AS MATERIALIZED (
     SELECT set_config('lock_timeout', $${lockTimeout}, true)
   ), changed AS MATERIALIZED (
     SELECT changed.* FROM waits, ${changed.from}
   ), current AS MATERIALIZED (
     SELECT p.id FROM changed JOIN payment p ON p.user_id = changed.user_id AND p.id = changed.id
      WHERE p.version = changed.decided_on ORDER BY p.id FOR UPDATE OF p
   ), locked AS MATERIALIZED (
     SELECT * FROM changed WHERE id = ANY(ARRAY(SELECT id FROM current))
   ), applied AS (
     ${inboxInsertFrom("locked", group)}
   ), written AS MATERIALIZED (
     SELECT id FROM locked WHERE event_id IS NULL OR event_id IN (SELECT event_id FROM applied)
   ), new_state AS (
     UPDATE payment p
        SET caller_id = changed.caller_id, idempotency_key = changed.idempotency_key,
            request_hash = changed.request_hash, status = changed.status,
            authorized_minor = changed.authorized_minor, captured_minor = changed.captured_minor,
            refunded_minor = changed.refunded_minor, capture_pending_minor = changed.capture_pending_minor,
            refund_pending_minor = changed.refund_pending_minor, card_brand = changed.card_brand,
            card_last4 = changed.card_last4, card_exp_month = changed.card_exp_month,
            card_exp_year = changed.card_exp_year, must_reverse = changed.must_reverse,
            action_url = changed.action_url, transaction_id = changed.transaction_id,
            failure_code = changed.failure_code, failure_reason = changed.failure_reason,
            retryable = changed.retryable, lease_expires_at = changed.lease_expires_at, version = changed.version,
            updated_at = changed.updated_at, processed_at = changed.processed_at,
            ${Object.keys(disputeColumns)
              .map((name) => `${name} = changed.${name}`)
              .join(", ")}
       FROM changed
      WHERE p.user_id = changed.user_id AND p.id = changed.id AND changed.version <> changed.decided_on
        AND changed.id IN (SELECT id FROM written)
   ), new_history AS (
     INSERT INTO payment_event (${laterHistory.columns})
     SELECT ${laterHistory.columns} FROM ${laterHistory.from} WHERE payment_id IN (SELECT id FROM written)
     RETURNING *
   ), ${auditOf("new_history")}, new_operations AS (
     ${begun.insert("begun.payment_id IN (SELECT id FROM written)")}
   ), new_events AS (
     ${laterEvents.insert(`event.event_id IN (
         SELECT event_id FROM ${published.from} WHERE payment_id IN (SELECT id FROM written))`)}
   )
   SELECT id FROM written`,
);

/** The parameters of `saveChanges`. */
export const saveParams = (rows: {
  readonly states: Parameters<typeof changed.params>[0];
  readonly history: Parameters<typeof laterHistory.params>[0];
  readonly operations: Parameters<typeof begun.params>[0];
  readonly events: readonly { readonly paymentId: string; readonly event: OutgoingEvent }[];
  readonly consumerGroup: string;
  readonly lockTimeoutMs: number;
}) => [
  ...changed.params(rows.states),
  ...laterHistory.params(rows.history),
  ...begun.params(rows.operations),
  ...laterEvents.params(rows.events.map(({ event }) => event)),
  ...published.params(
    rows.events.map(({ paymentId, event }) => ({ payment_id: paymentId, event_id: event.id })),
  ),
  rows.consumerGroup,
  String(rows.lockTimeoutMs),
];

/**
 * Whether a payment is shown to callers. One that the order service rejected before a charge has no key, and is kept for
 * the history and the audit alone.
 */
export const wasAdmitted = "p.caller_id IS NOT NULL";

/** The operations of a payment `p`, as `OperationJson`, oldest first. */
const operations = `
  coalesce((SELECT json_agg(one ORDER BY one.created_at, one.id)
     FROM (SELECT ${operationColumns} FROM operation o
            WHERE o.user_id = p.user_id AND o.payment_id = p.id) one), '[]') AS operations`;

const withOperations = `SELECT ${paymentColumns}, ${operations} FROM payment p`;

// The payments are found one by one: a plan that is made while the table is nearly empty must not read all of it.
export const selectToUpdate = prepared(
  "select_to_update",
  `SELECT ${paymentColumns}, ${operations}, ${isInInbox("command.event_id", 3)} AS is_applied
     FROM ${unnested("$1::uuid[]", "$2::text[]")} WITH ORDINALITY AS command(id, event_id, ord)
     LEFT JOIN LATERAL (SELECT * FROM payment WHERE payment.id = command.id OFFSET 0) p ON true
    ORDER BY command.ord`,
);

export const selectPayments = prepared(
  "select_payments",
  `SELECT ${paymentColumns}, ${operations}
     FROM ${unnested("$1::uuid[]")} WITH ORDINALITY AS requested(id, ord)
     LEFT JOIN LATERAL (SELECT * FROM payment WHERE payment.id = requested.id OFFSET 0) p ON true
    ORDER BY requested.ord`,
);

export const selectShownPayment = prepared(
  "select_shown_payment",
  `${withOperations} WHERE p.id = $1 AND ${wasAdmitted}`,
);

/** How the order's newest payment besides this one stands. */
export const selectStatusBefore = prepared(
  "select_status_before",
  `SELECT p.status FROM payment p
    WHERE p.user_id = $1 AND p.order_id = $2 AND p.id <> $3 AND ${wasAdmitted} ORDER BY p.id DESC LIMIT 1`,
);
