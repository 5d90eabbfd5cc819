import type { RequestKey } from "@till/rpc/request-key";
import { query } from "@till/postgres/statements";
import type { Pool } from "pg";
import { operationFromJson, type OperationJson, type OperationRow } from "./operation-rows.ts";
import { selectOperationByKey } from "./operation-statements.ts";
import type { Payment, PaymentStatus } from "../rules/payment.ts";
import { paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import { selectByKeys, selectPayments, selectShownPayment, selectStatusBefore } from "./statements.ts";

export type WithOperations = { readonly operations: readonly OperationJson[] };

/** Returns payments with their operations, all of one moment; undefined for an unknown id. */
export async function readPayments(pool: Pool, ids: readonly string[]): Promise<(Payment | undefined)[]> {
  const rows = await query<(PaymentRow & WithOperations) | { id: null }>(pool, selectPayments, [ids]);
  return rows.map((row) => (row.id === null ? undefined : paymentWithOperations(row)));
}

export function paymentWithOperations(row: PaymentRow & WithOperations): Payment {
  return paymentFromRow(row, row.operations.map(operationFromJson));
}

/** Returns a payment with its operations; undefined for one that the order service rejected before a charge. */
export async function readShownPayment(pool: Pool, id: string): Promise<Payment | undefined> {
  const [row] = await query<PaymentRow & WithOperations>(pool, selectShownPayment, [id]);
  return row && paymentWithOperations(row);
}

/** Returns the status of the order's previous payment, or undefined. */
export async function readStatusBefore(
  pool: Pool,
  { id, userId, orderId }: Payment,
): Promise<PaymentStatus | undefined> {
  const [row] = await query<{ status: PaymentStatus }>(pool, selectStatusBefore, [userId, orderId, id]);
  return row?.status;
}

/** The payments of a batch of keys, as rows. */
export async function readByKeys(
  pool: Pool,
  keys: readonly RequestKey[],
): Promise<(PaymentRow | undefined)[]> {
  const rows = await query<PaymentRow>(pool, selectByKeys, [
    keys.map(({ callerId }) => callerId),
    keys.map(({ key }) => key),
  ]);
  const found = new Map(rows.map((row) => [`${row.caller_id} ${row.idempotency_key}`, row]));
  return keys.map(({ callerId, key }) => found.get(`${callerId} ${key}`));
}

/** Returns the operation of a request, as its row. */
export async function readOperationByKey(pool: Pool, key: RequestKey): Promise<OperationRow | undefined> {
  const [row] = await query<OperationRow>(pool, selectOperationByKey, [key.callerId, key.key]);
  return row;
}
