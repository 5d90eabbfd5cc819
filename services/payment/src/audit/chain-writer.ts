import type { Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import { chainWriterLease, openAuditChain } from "../store/audit-chain-session.ts";

const batchSize = 1_000;
/** An entry is chained within a second. */
const pollMs = 800;

/**
 * Starts the chain writer: it gives each audit entry a chain entry within a second, whose hash covers the hash before it.
 * Of all the chain writers of a database one leads while there are entries, by a lease, and the others stand by.
 */
export function startChainWriter({ db, log }: { readonly db: Pick<Db, "pool">; readonly log: Log }): Worker {
  const lease = chainWriterLease();
  return startWorker({
    name: "writing the audit chain",
    everyMs: pollMs,
    log,
    open: () => openAuditChain(db.pool, lease),
    async run(_, chain) {
      if (!(await chain.hasEntries())) return chain.resign();
      if ((await chain.lead()) && (await chain.append(batchSize)) === batchSize) return "more";
    },
  });
}
