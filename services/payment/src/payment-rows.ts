import { money } from "@till/money";
import type { Failure, HistoryEntry, Payment, PaymentStatus, RequestKey } from "./payment.ts";

/** A payment as Postgres gives it. bigint comes as text. */
export type PaymentRow = {
  readonly id: string;
  readonly user_id: string;
  readonly order_id: string;
  readonly caller_id: string | null;
  readonly idempotency_key: string | null;
  readonly request_hash: string | null;
  readonly status: PaymentStatus;
  readonly currency: string;
  readonly amount_minor: string;
  readonly authorized_minor: string;
  readonly captured_minor: string;
  readonly refunded_minor: string;
  readonly method: string;
  readonly provider_token: string | null;
  readonly transaction_id: string | null;
  readonly failure_code: string | null;
  readonly failure_reason: string | null;
  readonly retryable: boolean | null;
  readonly attempt_until: Date | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly processed_at: Date | null;
};

export function paymentFromRow(row: PaymentRow): Payment {
  const amount = (minor: string) => money(row.currency, BigInt(minor));
  return {
    id: row.id,
    userId: row.user_id,
    orderId: row.order_id,
    status: row.status,
    amount: amount(row.amount_minor),
    authorized: amount(row.authorized_minor),
    captured: amount(row.captured_minor),
    refunded: amount(row.refunded_minor),
    method: row.method,
    providerToken: row.provider_token ?? undefined,
    transactionId: row.transaction_id ?? undefined,
    failure: failureFromRow(row),
    attemptUntil: row.attempt_until ?? undefined,
    request: requestFromRow(row),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    processedAt: row.processed_at ?? undefined,
  };
}

// The three columns of a failure, and the three of a request, are there together or not at all: a CHECK says so.
function failureFromRow({ failure_code, failure_reason, retryable }: PaymentRow): Failure | undefined {
  return failure_code === null
    ? undefined
    : { code: failure_code, reason: failure_reason ?? "", retryable: retryable ?? false };
}

function requestFromRow({ caller_id, idempotency_key, request_hash }: PaymentRow): RequestKey | undefined {
  return caller_id === null
    ? undefined
    : { callerId: caller_id, key: idempotency_key ?? "", hash: request_hash ?? "" };
}

/** The columns of a payment that are there from the start, ready for JSON. */
export function newPaymentRow(payment: Payment) {
  return {
    ...changedPaymentRow(payment),
    order_id: payment.orderId,
    currency: payment.amount.currency,
    amount_minor: Number(payment.amount.minorUnits),
    method: payment.method,
    created_at: payment.createdAt,
  };
}

/** The columns of a payment that change after its creation, ready for JSON. */
export function changedPaymentRow(payment: Payment) {
  return {
    id: payment.id,
    user_id: payment.userId,
    caller_id: payment.request?.callerId,
    idempotency_key: payment.request?.key,
    request_hash: payment.request?.hash,
    status: payment.status,
    authorized_minor: Number(payment.authorized.minorUnits),
    captured_minor: Number(payment.captured.minorUnits),
    refunded_minor: Number(payment.refunded.minorUnits),
    provider_token: payment.providerToken,
    transaction_id: payment.transactionId,
    failure_code: payment.failure?.code,
    failure_reason: payment.failure?.reason,
    retryable: payment.failure?.retryable,
    attempt_until: payment.attemptUntil,
    version: payment.version,
    updated_at: payment.updatedAt,
    processed_at: payment.processedAt,
  };
}

/** History entries, numbered within their change. */
export function historyRows(history: readonly HistoryEntry[]) {
  return history.map(({ paymentId, userId, type, version, from, to, actor, reason, at }, index) => ({
    user_id: userId,
    payment_id: paymentId,
    version,
    position: index + 1,
    type,
    from_status: from,
    to_status: to,
    actor,
    reason,
    created_at: at,
  }));
}
