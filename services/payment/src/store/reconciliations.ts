import type { RequestKey } from "@till/rpc/request-key";
import { prepared, query, rowSet, transact, type Db } from "@till/postgres/statements";
import type { Context } from "../rules/decision.ts";
import type { Mismatch } from "../rules/mismatch.ts";
import type { Counts, Run } from "../rules/reconciliation.ts";
import { auditChange } from "./audit-facts.ts";
import { mismatchFromRow, mismatchRow, runFromRow } from "./reconciliation-rows.ts";
import { reconciliationMismatchTable, reconciliationTable } from "./record-entities.ts";

/** The stored reconciliations: a run whose lease expires has FAILED. */
export type Reconciliations = {
  /** Inserts and audits a new run; false if its key is taken, or its range is being reconciled. */
  insert(run: Run, by: Context): Promise<boolean>;
  /** Renews a run's lease; false if it has expired. */
  renewLease(id: string): Promise<boolean>;
  add(id: string, from: number, mismatches: readonly Mismatch[], counts: Counts): Promise<void>;
  finish(run: Pick<Run, "id" | "status" | "finishedAt" | "problem">): Promise<void>;
  find(id: string): Promise<Run | undefined>;
  findByKey(key: RequestKey): Promise<Run | undefined>;
  mismatches(id: string, most: number): Promise<Mismatch[]>;
};

/** Opens the stored reconciliations. Each read first fails the runs whose lease has expired. */
export function openReconciliations({ pool, dataSource }: Pick<Db, "pool" | "dataSource">): Reconciliations {
  const runs = dataSource.getRepository(reconciliationTable);
  const stored = dataSource.getRepository(reconciliationMismatchTable);
  async function findBy(where: Parameters<typeof runs.findOneBy>[0]): Promise<Run | undefined> {
    await query(pool, failExpired);
    const row = await runs.findOneBy(where);
    return row ? runFromRow(row) : undefined;
  }
  return {
    async insert({ id, from, until, repairs, startedAt, status, request }, by) {
      await query(pool, failExpired);
      const { callerId, key, hash } = request ?? {};
      const params = [id, callerId, key, hash, from, until, repairs, startedAt];
      return transact({ pool }, async (tx) => {
        const isWritten = (await query(tx, insertRun, params)).length > 0;
        if (!isWritten) return false;
        const range = { from: from.toISOString(), until: until.toISOString() };
        const details = { ...range, repair: repairs ? "yes" : "no" };
        await auditChange(tx, by, { action: "RECONCILIATION_STARTED", subject: id, result: status, details });
        return true;
      });
    },
    async renewLease(id) {
      const { affected } = await runs.update({ id, status: "RUNNING" }, { lease_expires_at: () => lease });
      return affected === 1;
    },
    async add(id, from, mismatches, { matched, mismatched }) {
      const rows = mismatches.map((mismatch, index) => mismatchRow(id, from + index, mismatch));
      await query(pool, insertMismatches, [...added.params(rows), id, matched, mismatched]);
    },
    async finish({ id, status, finishedAt = null, problem = null }) {
      await runs.update({ id, status: "RUNNING" }, { status, finished_at: finishedAt, problem });
    },
    find: (id) => findBy({ id }),
    findByKey: ({ callerId, key }) => findBy({ caller_id: callerId, idempotency_key: key }),
    async mismatches(id, most) {
      const rows = await stored.find({ where: { reconciliation_id: id }, order: { n: "ASC" }, take: most });
      return rows.map(mismatchFromRow);
    },
  };
}

/** A run's lease, renewed by its heartbeat. */
const lease = "now() + interval '30 seconds'";

const failExpired = prepared(
  "fail_expired_runs",
  `WITH expired AS (
     UPDATE reconciliation SET status = 'FAILED', finished_at = now(), problem = 'it was interrupted'
      WHERE status = 'RUNNING' AND lease_expires_at < now() RETURNING id
   ), their_entries AS (
     DELETE FROM reconciliation_entry WHERE reconciliation_id IN (SELECT id FROM expired)
   )
   DELETE FROM reconciliation_payment WHERE reconciliation_id IN (SELECT id FROM expired)`,
);

const insertRun = prepared(
  "insert_run",
  `INSERT INTO reconciliation (id, caller_id, idempotency_key, request_hash, from_at, until_at, repairs, started_at,
     status, lease_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'RUNNING', ${lease}) ON CONFLICT DO NOTHING RETURNING id`,
);

const added = rowSet("added", 1, {
  reconciliation_id: "uuid",
  n: "integer",
  payment_id: "text",
  order_id: "text",
  kind: "text",
  internal: "text",
  external: "text",
  repaired: "boolean",
});

const insertMismatches = prepared(
  "insert_mismatches",
  `WITH new_mismatches AS (
     INSERT INTO reconciliation_mismatch (${added.columns}) SELECT ${added.columns} FROM ${added.from}
   )
   UPDATE reconciliation SET matched = $${added.next + 1}, mismatched = $${added.next + 2} WHERE id = $${added.next}`,
);
