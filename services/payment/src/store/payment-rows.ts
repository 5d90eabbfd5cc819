import type { RequestKey } from "@till/rpc/request-key";
import { money } from "@till/money";
import { disputeFromRow, disputeRow, type DisputeColumns } from "./dispute-rows.ts";
import type { Card, Failure, Operation, Payment, PaymentStatus } from "../rules/payment.ts";

/** A payment as Postgres gives it. bigint comes as text. */
export type PaymentRow = RequestColumns &
  FailureColumns &
  DisputeColumns & {
    readonly id: string;
    readonly user_id: string;
    readonly order_id: string;
    readonly status: PaymentStatus;
    readonly currency: string;
    readonly amount_minor: string;
    readonly authorized_minor: string;
    readonly captured_minor: string;
    readonly refunded_minor: string;
    readonly capture_pending_minor: string;
    readonly refund_pending_minor: string;
    readonly method: string;
    readonly payment_method_id: string | null;
    readonly card_brand: string | null;
    readonly card_last4: string | null;
    readonly card_exp_month: number | null;
    readonly card_exp_year: number | null;
    readonly capture_method: Payment["captureMethod"];
    readonly must_reverse: boolean;
    readonly action_url: string | null;
    readonly transaction_id: string | null;
    readonly lease_expires_at: Date | null;
    readonly version: number;
    readonly created_at: Date;
    readonly updated_at: Date;
    readonly processed_at: Date | null;
  };

export type RequestColumns = {
  readonly caller_id: string | null;
  readonly idempotency_key: string | null;
  readonly request_hash: string | null;
};

export type FailureColumns = {
  readonly failure_code: string | null;
  readonly failure_reason: string | null;
  readonly retryable: boolean | null;
};

/** A payment, with its operations where those were read as well. */
export function paymentFromRow(row: PaymentRow, operations: readonly Operation[] = []): Payment {
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
    capturePending: amount(row.capture_pending_minor),
    refundPending: amount(row.refund_pending_minor),
    method: row.method,
    paymentMethodId: row.payment_method_id ?? undefined,
    card: cardFromRow(row),
    captureMethod: row.capture_method,
    mustReverse: row.must_reverse,
    actionUrl: row.action_url ?? undefined,
    transactionId: row.transaction_id ?? undefined,
    failure: failureFromRow(row),
    dispute: disputeFromRow(row, row.currency),
    leaseExpiresAt: row.lease_expires_at ?? undefined,
    request: requestFromRow(row),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    processedAt: row.processed_at ?? undefined,
    operations,
  };
}

/** The three columns of a failure, as the three of a request, are there together or not at all: a CHECK says so. */
export function failureFromRow({
  failure_code,
  failure_reason,
  retryable,
}: FailureColumns): Failure | undefined {
  return failure_code === null
    ? undefined
    : { code: failure_code, reason: failure_reason ?? "", retryable: retryable ?? false };
}

function cardFromRow(row: PaymentRow): Card | undefined {
  const { card_brand: brand, card_last4: last4, card_exp_month: expMonth, card_exp_year: expYear } = row;
  if (brand === null || last4 === null || expMonth === null || expYear === null) return undefined;
  return { brand, last4, expMonth, expYear };
}

export function requestFromRow({
  caller_id,
  idempotency_key,
  request_hash,
}: RequestColumns): RequestKey | undefined {
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
    payment_method_id: payment.paymentMethodId,
    capture_method: payment.captureMethod,
    created_at: payment.createdAt,
  };
}

/** The columns of a payment that change after its creation, ready for JSON. */
export function changedPaymentRow(payment: Payment) {
  return {
    id: payment.id,
    user_id: payment.userId,
    ...requestRow(payment.request),
    status: payment.status,
    authorized_minor: Number(payment.authorized.minorUnits),
    captured_minor: Number(payment.captured.minorUnits),
    refunded_minor: Number(payment.refunded.minorUnits),
    capture_pending_minor: Number(payment.capturePending.minorUnits),
    refund_pending_minor: Number(payment.refundPending.minorUnits),
    card_brand: payment.card?.brand,
    card_last4: payment.card?.last4,
    card_exp_month: payment.card?.expMonth,
    card_exp_year: payment.card?.expYear,
    must_reverse: payment.mustReverse,
    action_url: payment.actionUrl,
    transaction_id: payment.transactionId,
    ...failureRow(payment.failure),
    ...disputeRow(payment.dispute),
    lease_expires_at: payment.leaseExpiresAt,
    version: payment.version,
    updated_at: payment.updatedAt,
    processed_at: payment.processedAt,
  };
}

export function requestRow(request: RequestKey | undefined) {
  return { caller_id: request?.callerId, idempotency_key: request?.key, request_hash: request?.hash };
}

export function failureRow(failure: Failure | undefined) {
  return { failure_code: failure?.code, failure_reason: failure?.reason, retryable: failure?.retryable };
}
