import { inboxInsert, inboxSelect } from "@till/events/consume";
import { outbox, type OutgoingEvent } from "@till/events/outbox";
import { prepared, rowSet } from "@till/postgres/statements";
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

/** Locks payments in the order of their ids, so that batches never deadlock. */
export const lockPayments = prepared(
  "lock_payments",
  `SELECT ${paymentColumns} FROM payment p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id FOR UPDATE OF p`,
);

const changed = rowSet("changed", 1, {
  id: "uuid",
  user_id: "text",
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

/** Writes a batch of changes: payments, history, operations, outbox rows, applied events. */
export const saveChanges = prepared(
  "save_changes",
  `WITH new_state AS (
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
       FROM ${changed.from}
      WHERE p.user_id = changed.user_id AND p.id = changed.id
   ), new_history AS (
     INSERT INTO payment_event (${laterHistory.columns})
     SELECT ${laterHistory.columns} FROM ${laterHistory.from}
     RETURNING *
   ), ${auditOf("new_history")}, new_operations AS (
     ${begun.insert}
   ), new_events AS (
     ${laterEvents.insert()}
   )
   ${inboxInsert(laterEvents.next, laterEvents.next + 1)}`,
);

/** The parameters of `saveChanges`. */
export const saveParams = (rows: {
  readonly states: Parameters<typeof changed.params>[0];
  readonly history: Parameters<typeof laterHistory.params>[0];
  readonly operations: Parameters<typeof begun.params>[0];
  readonly events: readonly OutgoingEvent[];
  readonly consumerGroup: string;
  readonly eventIds: readonly string[];
}) => [
  ...changed.params(rows.states),
  ...laterHistory.params(rows.history),
  ...begun.params(rows.operations),
  ...laterEvents.params(rows.events),
  rows.consumerGroup,
  rows.eventIds,
];

/** Which of these events were applied before. */
export const selectApplied = prepared("select_applied", inboxSelect(1, 2));

/**
 * Whether a payment is shown to callers. One that the order service rejected before a charge has no key, and is kept for
 * the history and the audit alone.
 */
export const wasAdmitted = "p.caller_id IS NOT NULL";

const withOperations = `
  SELECT ${paymentColumns},
         coalesce((SELECT json_agg(one ORDER BY one.created_at, one.id)
            FROM (SELECT ${operationColumns} FROM operation o
                   WHERE o.user_id = p.user_id AND o.payment_id = p.id) one), '[]') AS operations
    FROM payment p`;

export const selectPayment = prepared("select_payment", `${withOperations} WHERE p.id = $1`);

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
