import { prepared, rowSet } from "@till/postgres/statements";

/** An operation, as `OperationRow`. */
export const operationColumns = `
  o.id, o.user_id, o.payment_id, o.order_id, o.kind, o.status, o.currency, o.amount_minor, o.scope, o.order_refund_id,
  o.caller_id, o.idempotency_key, o.request_hash, o.reason, o.transaction_id, o.failure_code, o.failure_reason,
  o.retryable, o.lease_expires_at, o.created_at, o.updated_at`;

/** The operations of payments, oldest first. */
export const selectOperations = prepared(
  "select_operations",
  `SELECT ${operationColumns}
     FROM unnest($1::text[], $2::uuid[]) AS requested(user_id, payment_id)
     JOIN operation o ON o.user_id = requested.user_id AND o.payment_id = requested.payment_id
    ORDER BY o.created_at, o.id`,
);

/** The operation of a request. */
export const selectOperationByKey = prepared(
  "select_operation_by_key",
  `SELECT ${operationColumns} FROM operation o WHERE o.caller_id = $1 AND o.idempotency_key = $2`,
);

/**
 * How a statement of the store's writes operations, new ones and changed ones, with parameters from `first` on; `where` may
 * narrow the rows, which it knows as `begun`.
 */
export function operationsFrom(first: number) {
  const rows = rowSet("begun", first, {
    id: "uuid",
    user_id: "text",
    payment_id: "uuid",
    order_id: "uuid",
    kind: "text",
    status: "text",
    currency: "text",
    amount_minor: "bigint",
    scope: "text",
    order_refund_id: "text",
    caller_id: "text",
    idempotency_key: "text",
    request_hash: "text",
    reason: "text",
    transaction_id: "text",
    failure_code: "text",
    failure_reason: "text",
    retryable: "boolean",
    lease_expires_at: "timestamptz",
    created_at: "timestamptz",
    updated_at: "timestamptz",
  });
  return {
    insert: (where: string) => `
     INSERT INTO operation AS o (${rows.columns}, check_at)
     SELECT ${rows.columns}, coalesce(lease_expires_at, created_at) FROM ${rows.from} WHERE ${where}
     ON CONFLICT (id) DO UPDATE
        SET status = excluded.status, transaction_id = excluded.transaction_id,
            failure_code = excluded.failure_code, failure_reason = excluded.failure_reason,
            retryable = excluded.retryable, lease_expires_at = excluded.lease_expires_at,
            updated_at = excluded.updated_at, check_at = coalesce(excluded.lease_expires_at, excluded.updated_at)`,
    params: rows.params,
    next: rows.next,
  };
}
