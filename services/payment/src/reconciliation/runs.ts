import type { RequestKey } from "@till/rpc/request-key";
import { query, transact, type Db } from "@till/postgres/statements";
import { auditChange } from "../audit/audit-fact.ts";
import type { Mismatch } from "./mismatch.ts";
import type { Counts, Run } from "./run.ts";
import {
  added,
  finishRun,
  failExpiredRuns,
  insertMismatches,
  insertRun,
  renewLease,
  rowOf,
  runFromRow,
  selectMismatches,
  selectRun,
  selectRunByKey,
  type MismatchRow,
  type RunRow,
} from "./run-rows.ts";
import type { Context } from "../rules/decision.ts";

/** The stored reconciliations: a run whose lease expires has FAILED. */
export type Runs = {
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
export function openRuns({ pool }: Pick<Db, "pool">): Runs {
  async function one(statement: typeof selectRun, params: readonly unknown[]): Promise<Run | undefined> {
    await query(pool, failExpiredRuns);
    const [row] = await query<RunRow>(pool, statement, params);
    return row && runFromRow(row);
  }
  return {
    async insert({ id, from, until, repairs, startedAt, status, request }, by) {
      await query(pool, failExpiredRuns);
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
    renewLease: async (id) => (await query(pool, renewLease, [id])).length > 0,
    async add(id, from, mismatches, { matched, mismatched }) {
      const rows = mismatches.map((mismatch, index) => rowOf(id, from + index, mismatch));
      await query(pool, insertMismatches, [...added.params(rows), id, matched, mismatched]);
    },
    async finish({ id, status, finishedAt, problem }) {
      await query(pool, finishRun, [id, status, finishedAt, problem]);
    },
    find: (id) => one(selectRun, [id]),
    findByKey: ({ callerId, key }) => one(selectRunByKey, [callerId, key]),
    async mismatches(id, most) {
      const rows = await query<MismatchRow>(pool, selectMismatches, [id, most]);
      return rows.map(({ payment_id: paymentId, order_id: orderId, ...rest }) => ({
        paymentId,
        orderId,
        ...rest,
      }));
    },
  };
}
