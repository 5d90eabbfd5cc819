import { query, type Db, type Statement } from "@till/postgres/statements";
import type { LedgerEntry } from "../rules/provider.ts";
import type { LedgerSums } from "../rules/compare-with-provider.ts";
import type { Mismatch } from "../rules/mismatch.ts";
import {
  sumsFromRow,
  deleteEntries,
  duplicateFromRow,
  entry,
  insertEntries,
  rowOf,
  selectSums,
  selectDuplicates,
  selectUnmatched,
  unmatchedFromRow,
  type SumsRow,
  type DuplicateRow,
  type UnmatchedRow,
} from "./ledger-rows.ts";
import { queryWithTimeout } from "./query-with-timeout.ts";

/** A copy of the provider's ledger in the database, for one reconciliation: it may be larger than memory. */
export type LedgerCopy = {
  /** Copies the entries. */
  fill(entries: AsyncIterable<LedgerEntry>, signal: AbortSignal): Promise<void>;
  /** Returns the sums of each of these payments that has entries. */
  sumsOf(paymentIds: readonly string[]): Promise<ReadonlyMap<string, LedgerSums>>;
  /** Returns the unmatched entries. */
  unmatched(range: { readonly from: Date; readonly until: Date }): AsyncIterable<readonly Mismatch[]>;
  /** Returns the orders with more than one payment that is captured and not refunded. */
  duplicates(range: { readonly from: Date; readonly until: Date }): AsyncIterable<readonly Mismatch[]>;
  drop(): Promise<void>;
};

const pageSize = 500;

/** Opens the copy for a reconciliation. `drop` deletes its entries. */
export function ledgerCopy(db: Pick<Db, "pool">, id: string): LedgerCopy {
  const { pool } = db;
  async function* paged<Row extends { readonly id: string }>(
    statement: Statement,
    { from, until }: { readonly from: Date; readonly until: Date },
  ): AsyncGenerator<Row[]> {
    for (let after = ""; ;) {
      const rows = await queryWithTimeout<Row>(db, statement, [id, from, until, after, pageSize]);
      if (rows.length > 0) yield rows;
      if (rows.length < pageSize) return;
      after = rows.at(-1)!.id;
    }
  }

  return {
    async fill(entries, signal) {
      let batch: LedgerEntry[] = [];
      const flush = async () => {
        await query(pool, insertEntries, entry.params(batch.map((one) => rowOf(id, one))));
        batch = [];
        signal.throwIfAborted();
      };
      for await (const one of entries) if (batch.push(one) === pageSize) await flush();
      await flush();
    },
    async sumsOf(paymentIds) {
      const rows = await query<SumsRow>(pool, selectSums, [id, paymentIds]);
      return new Map(rows.map((row) => [row.payment_id, sumsFromRow(row)]));
    },
    async *unmatched(range) {
      for await (const rows of paged<UnmatchedRow>(selectUnmatched, range)) yield rows.map(unmatchedFromRow);
    },
    async *duplicates(range) {
      for await (const rows of paged<DuplicateRow>(selectDuplicates, range)) yield rows.map(duplicateFromRow);
    },
    async drop() {
      await query(pool, deleteEntries, [id]);
    },
  };
}
