import { money } from "@till/money";
import type { Operation } from "../rules/payment.ts";
import {
  failureFromRow,
  failureRow,
  requestFromRow,
  requestRow,
  type FailureColumns,
  type RequestColumns,
} from "./payment-rows.ts";

/** An operation as Postgres gives it. */
export type OperationRow = RequestColumns &
  FailureColumns & {
    readonly id: string;
    readonly user_id: string;
    readonly payment_id: string;
    readonly order_id: string;
    readonly kind: Operation["kind"];
    readonly status: Operation["status"];
    readonly currency: string;
    readonly amount_minor: string;
    readonly scope: string | null;
    readonly order_refund_id: string | null;
    readonly reason: string;
    readonly transaction_id: string | null;
    readonly lease_expires_at: Date | null;
    readonly created_at: Date;
    readonly updated_at: Date;
  };

export function operationFromRow(row: OperationRow): Operation {
  return {
    id: row.id,
    paymentId: row.payment_id,
    userId: row.user_id,
    orderId: row.order_id,
    kind: row.kind,
    status: row.status,
    amount: money(row.currency, BigInt(row.amount_minor)),
    scope: row.scope ?? undefined,
    orderRefundId: row.order_refund_id ?? undefined,
    request: requestFromRow(row),
    reason: row.reason,
    transactionId: row.transaction_id ?? undefined,
    failure: failureFromRow(row),
    leaseExpiresAt: row.lease_expires_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A row that came inside a JSON document, where a time is a text and a bigint a number of at most 15 digits. */
export type OperationJson = Omit<OperationRow, keyof InJson> & InJson;

type InJson = {
  readonly amount_minor: number;
  readonly lease_expires_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
};

export function operationFromJson(json: OperationJson): Operation {
  return operationFromRow({
    ...json,
    amount_minor: String(json.amount_minor),
    lease_expires_at: json.lease_expires_at === null ? null : new Date(json.lease_expires_at),
    created_at: new Date(json.created_at),
    updated_at: new Date(json.updated_at),
  });
}

/** The columns of an operation, ready for JSON. */
export function operationRow(operation: Operation) {
  return {
    id: operation.id,
    user_id: operation.userId,
    payment_id: operation.paymentId,
    order_id: operation.orderId,
    kind: operation.kind,
    status: operation.status,
    currency: operation.amount.currency,
    amount_minor: Number(operation.amount.minorUnits),
    scope: operation.scope,
    order_refund_id: operation.orderRefundId,
    ...requestRow(operation.request),
    reason: operation.reason,
    transaction_id: operation.transactionId,
    ...failureRow(operation.failure),
    lease_expires_at: operation.leaseExpiresAt,
    created_at: operation.createdAt,
    updated_at: operation.updatedAt,
  };
}
