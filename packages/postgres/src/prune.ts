import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Pool } from "pg";
import { Counter, type Registry } from "prom-client";
import { prepared, query, type Statement } from "./statement.ts";

/** Rows of a table that are of no use some days after a time of theirs. */
export type Prunable = {
  readonly table: string;
  /** The column with that time. A row without it stays. A large table has an index that begins with it. */
  readonly since: string;
  readonly keepDays: number;
  /** What is true of the rows that are deleted, as a condition on the table. Left out: they are old. */
  readonly where?: string;
};

type PruningOptions = {
  readonly db: { readonly pool: Pool; readonly now: () => Date };
  readonly tables: readonly Prunable[];
  readonly log: Log;
  readonly metrics: Registry;
};

/** Rows of one statement: few, so that it holds no lock for long and leaves the disk to others. */
const batchSize = 500;
const dayMs = 24 * 60 * 60_000;

/**
 * Starts deleting old rows, batch after batch with a pause between them, and looks again every minute. Replicas share the
 * work: each skips the rows that another one is deleting.
 */
export function startPruning({ db, tables, log, metrics }: PruningOptions): Worker {
  const pruned = new Counter({
    name: "pruned_rows_total",
    help: "Rows deleted because of their age (TILL_KEEP_…_DAYS), by table.",
    labelNames: ["table"],
    registers: [metrics],
  });
  const all = tables.map((prunable) => ({
    ...prunable,
    statement: deleteBatch(prunable),
    from: "-infinity",
  }));
  for (const { table } of all) pruned.inc({ table }, 0);
  return startWorker({
    name: "pruning old rows",
    everyMs: 60_000,
    gatherMs: 50,
    log,
    async run() {
      let hasMore = false;
      for (const old of all) {
        const until = new Date(db.now().getTime() - old.keepDays * dayMs);
        const [batch] = await query<Batch>(db.pool, old.statement, [old.from, until, batchSize]);
        const isFull = batch!.rows === batchSize;
        // The index entries of deleted rows stay until a vacuum: a batch begins where the last one ended.
        old.from = isFull ? batch!.newest! : "-infinity";
        hasMore ||= isFull;
        pruned.inc({ table: old.table }, batch!.rows);
      }
      return hasMore ? "more" : undefined;
    },
  });
}

type Batch = { readonly rows: number; readonly newest: string | null };

function deleteBatch({ table, since, where = "true" }: Prunable): Statement {
  return prepared(
    `prune_${table}_by_${since}`,
    `WITH pruned AS (
       DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table}
          WHERE ${since} >= $1::timestamptz AND ${since} < $2::timestamptz AND (${where})
          ORDER BY ${since} LIMIT $3 FOR UPDATE OF ${table} SKIP LOCKED))
       RETURNING ${since}
     )
     SELECT count(*)::integer AS rows, max(${since})::text AS newest FROM pruned`,
  );
}
