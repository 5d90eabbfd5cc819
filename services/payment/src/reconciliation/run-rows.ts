import { prepared, rowSet } from "@till/postgres/statements";
import type { Mismatch, MismatchKind } from "./mismatch.ts";
import type { Run, RunStatus } from "./run.ts";

/** A run's lease, renewed by its heartbeat. */
const lease = "clock_timestamp() + interval '30 seconds'";

export const failExpiredRuns = prepared(
  "fail_expired_runs",
  `WITH expired AS (
     UPDATE reconciliation SET status = 'FAILED', finished_at = clock_timestamp(), problem = 'it was interrupted'
      WHERE status = 'RUNNING' AND lease_expires_at < clock_timestamp() RETURNING id
   ), their_entries AS (
     DELETE FROM reconciliation_entry WHERE reconciliation_id IN (SELECT id FROM expired)
   )
   DELETE FROM reconciliation_payment WHERE reconciliation_id IN (SELECT id FROM expired)`,
);

export const insertRun = prepared(
  "insert_run",
  `INSERT INTO reconciliation (id, caller_id, idempotency_key, request_hash, from_at, until_at, repairs, started_at,
     status, lease_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'RUNNING', ${lease}) ON CONFLICT DO NOTHING RETURNING id`,
);

export const renewLease = prepared(
  "renew_lease",
  `UPDATE reconciliation SET lease_expires_at = ${lease} WHERE id = $1 AND status = 'RUNNING' RETURNING id`,
);

export const finishRun = prepared(
  "finish_run",
  `UPDATE reconciliation SET status = $2, finished_at = $3, problem = $4 WHERE id = $1 AND status = 'RUNNING'`,
);

export const added = rowSet("added", 1, {
  reconciliation_id: "uuid",
  n: "integer",
  payment_id: "text",
  order_id: "text",
  kind: "text",
  internal: "text",
  external: "text",
  repaired: "boolean",
});

export const insertMismatches = prepared(
  "insert_mismatches",
  `WITH new_mismatches AS (
     INSERT INTO reconciliation_mismatch (${added.columns}) SELECT ${added.columns} FROM ${added.from}
   )
   UPDATE reconciliation SET matched = $${added.next + 1}, mismatched = $${added.next + 2} WHERE id = $${added.next}`,
);

/** A mismatch, numbered within its run. */
export function rowOf(reconciliation_id: string, n: number, { paymentId, orderId, ...rest }: Mismatch) {
  return { reconciliation_id, n, payment_id: paymentId, order_id: orderId, ...rest };
}

export type MismatchRow = {
  readonly payment_id: string;
  readonly order_id: string;
  readonly kind: MismatchKind;
  readonly internal: string;
  readonly external: string;
  readonly repaired: boolean;
};

export const selectMismatches = prepared(
  "select_mismatches",
  `SELECT payment_id, order_id, kind, internal, external, repaired FROM reconciliation_mismatch
    WHERE reconciliation_id = $1 ORDER BY n LIMIT $2`,
);

export type RunRow = {
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
  readonly started_at: Date;
  readonly finished_at: Date | null;
};

const runColumns = `id, caller_id, idempotency_key, request_hash, from_at, until_at, repairs, status, matched, mismatched,
  problem, started_at, finished_at`;

export const selectRun = prepared("select_run", `SELECT ${runColumns} FROM reconciliation WHERE id = $1`);

export const selectRunByKey = prepared(
  "select_run_by_key",
  `SELECT ${runColumns} FROM reconciliation WHERE caller_id = $1 AND idempotency_key = $2`,
);

export function runFromRow(row: RunRow): Run {
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
