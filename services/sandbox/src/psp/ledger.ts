import type { Journal } from "../journal.ts";
import { newId } from "./new-id.ts";
import { createRing } from "./ring-buffer.ts";

/** One time that money moved, was held or was let go. */
export type LedgerEntry = {
  readonly id: string;
  readonly type: "authorize" | "charge" | "capture" | "void" | "refund";
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly order_id: string;
  readonly payment_id: string;
  readonly idempotency_key: string;
  readonly at: string;
};

export type Ledger = {
  record(movement: Omit<LedgerEntry, "id">): void;
  /** Oldest first. */
  entries(filter: LedgerFilter): Iterable<LedgerEntry>;
};

export type LedgerFilter = {
  readonly order_id?: string | undefined;
  readonly payment_id?: string | undefined;
  /** The first moment that counts, and the first that does not: in UTC and to the millisecond, as entries have it. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
};

/** The provider's own book, which tests hold against ours. It keeps the newest `keep` entries. */
export function createLedger(keep: number, journal: Journal): Ledger {
  const page = journal.page<LedgerEntry>("ledger");
  const ring = createRing<LedgerEntry>(keep);

  function put(entry: LedgerEntry): void {
    const dropped = ring.push(entry);
    if (dropped) page.strike(dropped.id);
  }

  page.earlier.forEach(put);
  return {
    record(movement) {
      const entry = { id: newId("le"), ...movement };
      put(entry);
      page.write(entry.id, entry);
    },
    *entries({ order_id, payment_id, from, until }) {
      for (const entry of ring.items()) {
        if (order_id !== undefined && entry.order_id !== order_id) continue;
        if (payment_id !== undefined && entry.payment_id !== payment_id) continue;
        if (from !== undefined && entry.at < from) continue;
        if (until !== undefined && entry.at >= until) continue;
        yield entry;
      }
    },
  };
}
