import { query, type Db, type Statement } from "@till/postgres/statements";
import type { LedgerEntry } from "../rules/provider.ts";
import type { LedgerSums } from "./compare-with-provider.ts";
import type { Mismatch } from "./mismatch.ts";
import {
  bookFromRow,
  deleteEntries,
  duplicateFromRow,
  entry,
  insertEntries,
  rowOf,
  selectBooks,
  selectDuplicates,
  selectStrangers,
  strangerFromRow,
  type BookRow,
  type DuplicateRow,
  type StrangerRow,
} from "./ledger-rows.ts";
import { queryWithTimeout } from "./query-with-timeout.ts";

/** A copy of the provider's ledger, made for one reconciliation: it may be larger than memory. */
export type LedgerCopy = {
  /** Adds the entries as they come. */
  fill(entries: AsyncIterable<LedgerEntry>, signal: AbortSignal): Promise<void>;
  /** What it says of each of these payments that it knows. */
  sumsOf(paymentIds: readonly string[]): Promise<ReadonlyMap<string, LedgerSums>>;
  /** What it knows of payments that are none of ours. */
  strangers(range: { readonly from: Date; readonly until: Date }): AsyncIterable<readonly Mismatch[]>;
  /** The orders for which more than one payment has taken money and kept it. */
  duplicates(range: { readonly from: Date; readonly until: Date }): AsyncIterable<readonly Mismatch[]>;
  drop(): Promise<void>;
};

const pageSize = 500;

/** Opens the copy for a reconciliation. Its entries are gone once it is dropped. */
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
      const rows = await query<BookRow>(pool, selectBooks, [id, paymentIds]);
      return new Map(rows.map((row) => [row.payment_id, bookFromRow(row)]));
    },
    async *strangers(range) {
      for await (const rows of paged<StrangerRow>(selectStrangers, range)) yield rows.map(strangerFromRow);
    },
    async *duplicates(range) {
      for await (const rows of paged<DuplicateRow>(selectDuplicates, range)) yield rows.map(duplicateFromRow);
    },
    async drop() {
      await query(pool, deleteEntries, [id]);
    },
  };
}
