import type { MismatchKind, Mismatch } from "../rules/mismatch.ts";
import type { Run, RunStatus } from "../rules/reconciliation.ts";

/** A reconciliation as Postgres gives it. */
export type ReconciliationRow = {
  readonly id: string;
  readonly caller_id: string | null;
  readonly idempotency_key: string | null;
  readonly request_hash: string | null;
  readonly from_at: Date;
  readonly until_at: Date;
  readonly repairs: boolean;
  readonly status: RunStatus;
  readonly matched: number;
  readonly mismatched: number;
  readonly problem: string | null;
  readonly lease_expires_at: Date;
  readonly started_at: Date;
  readonly finished_at: Date | null;
};

export function runFromRow(row: ReconciliationRow): Run {
  const { id, caller_id, idempotency_key: key, request_hash: hash } = row;
  return {
    id,
    from: row.from_at,
    until: row.until_at,
    repairs: row.repairs,
    status: row.status,
    matched: row.matched,
    mismatched: row.mismatched,
    problem: row.problem ?? undefined,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    request: caller_id === null ? undefined : { callerId: caller_id, key: key ?? "", hash: hash ?? "" },
  };
}

/** A mismatch, numbered within its reconciliation. */
export type MismatchRow = {
  readonly reconciliation_id: string;
  readonly n: number;
  readonly payment_id: string;
  readonly order_id: string;
  readonly kind: MismatchKind;
  readonly internal: string;
  readonly external: string;
  readonly repaired: boolean;
};

export function mismatchRow(
  reconciliation_id: string,
  n: number,
  { paymentId, orderId, ...rest }: Mismatch,
): MismatchRow {
  return { reconciliation_id, n, payment_id: paymentId, order_id: orderId, ...rest };
}

export function mismatchFromRow(row: MismatchRow): Mismatch {
  const { payment_id: paymentId, order_id: orderId, kind, internal, external, repaired } = row;
  return { paymentId, orderId, kind, internal, external, repaired };
}
