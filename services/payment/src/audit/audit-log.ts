import { query, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import { rowOf, type AuditFact } from "./audit-fact.ts";
import { factParams, insertFacts } from "./statements.ts";

export type AuditLog = {
  /** Notes a refused access. Costs its caller nothing and never throws. */
  refused(access: AuditFact): void;
  /** Writes what is still waiting. */
  close(): Promise<void>;
};

export type AuditLogOptions = {
  readonly db: Pick<Db, "pool">;
  readonly log: Log;
  readonly now: () => Date;
};

const batchSize = 500;
/** Beyond this nothing more is kept while the database is away; the log then says how many were lost. */
const mostWaiting = 10_000;
const gatherMs = 50;
const retryMs = 500;
const closeMs = 5_000;

/**
 * Writes refused accesses to the audit log, many at a time and soon after they happened. What a process that is
 * killed had not written yet is lost; changes are not: they are audited in their own transaction.
 */
export function openAuditLog({ db, log, now }: AuditLogOptions): AuditLog {
  let waiting: ReturnType<typeof rowOf>[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;
  let giveUpAt = Infinity;

  function refused(access: AuditFact): void {
    if (waiting.length < mostWaiting) waiting.push(rowOf(access, now()));
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
        await query(db.pool, insertFacts, factParams(batch));
        waiting = waiting.slice(batch.length);
        tellOfLoss();
      } catch (error) {
        if (!isAway) log.warn({ err: error }, "refused accesses cannot be audited yet, trying again");
        isAway = true;
        if (Date.now() >= giveUpAt) return failAbandoned();
        await delay(retryMs);
      }
    }
  }

  function failAbandoned(): void {
    log.error({ lost: lost + waiting.length }, "refused accesses were lost to the audit log");
    waiting = [];
  }

  /** A log with a gap says so itself. */
  function tellOfLoss(): void {
    if (lost === 0 || waiting.length > 0) return;
    const access = { actor: "till", action: "AUDIT_OVERFLOW", result: "LOST", details: { lost } };
    log.error({ lost }, "refused accesses were lost to the audit log");
    lost = 0;
    waiting.push(rowOf(access, now()));
  }

  return {
    refused,
    async close() {
      giveUpAt = Date.now() + closeMs;
      await writing;
    },
  };
}
