import type { Journal } from "../journal.ts";
import { newId } from "./new-id.ts";
import { createRingBuffer } from "./ring-buffer.ts";

/** One movement, authorization or void of money. */
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
  /**
   * Of movements without a request: `dispute`, a refund entry, is money withdrawn by a dispute; `dispute_won` and
   * `refund_failed`, charge entries, are money that came back.
   */
  readonly cause?: "dispute" | "dispute_won" | "refund_failed";
};

export type Ledger = {
  record(movement: Omit<LedgerEntry, "id">): void;
  /** Oldest first. */
  entries(filter: LedgerFilter): Iterable<LedgerEntry>;
};

type LedgerFilter = {
  readonly order_id?: string | undefined;
  readonly payment_id?: string | undefined;
  /** Inclusive start and exclusive end; UTC with milliseconds, as entries have it. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Only entries recorded after the entry with this id. */
  readonly after?: string | undefined;
};

/** The provider's ledger: the newest `keep` entries. */
export function createLedger(keep: number, journal: Journal): Ledger {
  const section = journal.section<LedgerEntry>("ledger");
  const buffer = createRingBuffer<LedgerEntry>(keep);
  const numbers = new Map<string, number>();
  let recorded = 0;

  function add(entry: LedgerEntry): void {
    numbers.set(entry.id, recorded++);
    const dropped = buffer.push(entry);
    if (!dropped) return;
    numbers.delete(dropped.id);
    section.remove(dropped.id);
  }

  section.restored.forEach(add);
  return {
    record(movement) {
      const entry = { id: newId("le"), ...movement };
      add(entry);
      section.put(entry.id, entry);
    },
    *entries({ order_id, payment_id, from, until, after }) {
      // A cursor that is unknown was dropped, and is older than every entry left.
      const start = after === undefined ? 0 : (numbers.get(after) ?? -1) + 1;
      for (const entry of buffer.items(start)) {
        if (order_id !== undefined && entry.order_id !== order_id) continue;
        if (payment_id !== undefined && entry.payment_id !== payment_id) continue;
        if (from !== undefined && entry.at < from) continue;
        if (until !== undefined && entry.at >= until) continue;
        yield entry;
      }
    },
  };
}
