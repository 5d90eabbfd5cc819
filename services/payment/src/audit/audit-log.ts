import type { Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import { auditFactRow, insertAuditFacts, type AuditFact, type AuditFactRow } from "../store/audit-facts.ts";

export type AuditLog = {
  /** Records a rejected access. Does not wait and never throws. */
  rejected(access: AuditFact): void;
  /** Writes the entries that are still in memory, for a few seconds at most. */
  close(): Promise<void>;
};

export type AuditLogOptions = {
  readonly db: Pick<Db, "pool">;
  readonly log: Log;
  readonly now: () => Date;
};

const batchSize = 500;
/** Entries in memory while the database is unreachable; the log reports how many more were lost. */
const mostWaiting = 10_000;
const gatherMs = 50;
const retryMs = 500;
const closeMs = 5_000;

/**
 * Opens the writer of rejected accesses: it writes them in batches within moments. A killed process loses the entries in
 * its memory. Changes are never lost: they are audited in their own transaction.
 */
export function openAuditLog({ db, log, now }: AuditLogOptions): AuditLog {
  let waiting: AuditFactRow[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;
  let giveUpAt = Infinity;

  function rejected(access: AuditFact): void {
    if (waiting.length < mostWaiting) waiting.push(auditFactRow(access, now()));
    else lost += 1;
    writing ??= delay(gatherMs)
      .then(writeAll)
      .finally(() => (writing = undefined));
  }

  async function writeAll(): Promise<void> {
    let isAway = false;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchSize);
      try {
        await insertAuditFacts(db.pool, batch);
        waiting = waiting.slice(batch.length);
        recordLoss();
      } catch (error) {
        if (!isAway) log.warn({ err: error }, "rejected accesses cannot be audited yet, trying again");
        isAway = true;
        if (Date.now() >= giveUpAt) return failAbandoned();
        await delay(retryMs);
      }
    }
  }

  function failAbandoned(): void {
    log.error({ lost: lost + waiting.length }, "rejected accesses were lost to the audit log");
    waiting = [];
  }

  /** Audits the gap itself. */
  function recordLoss(): void {
    if (lost === 0 || waiting.length > 0) return;
    const access = { actor: "till", action: "AUDIT_OVERFLOW", result: "LOST", details: { lost } };
    log.error({ lost }, "rejected accesses were lost to the audit log");
    lost = 0;
    waiting.push(auditFactRow(access, now()));
  }

  return {
    rejected,
    async close() {
      giveUpAt = Date.now() + closeMs;
      await writing;
    },
  };
}
