import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Archive } from "../store/archive.ts";

type PruneOptions = { readonly archive: Archive; readonly keepDays: number; readonly log: Log };

/** Rows of one statement: few, so that it holds no lock for long. */
const batchSize = 500;

/** Starts deleting what ended or was received so many days ago, batch after batch. Replicas share the work. */
export function startPruning({ archive, keepDays, log }: PruneOptions): Worker {
  return startWorker({
    name: "pruning webhooks",
    everyMs: 60_000,
    gatherMs: 50,
    log,
    async run() {
      const deliveries = await archive.deleteEndedDeliveries(keepDays, batchSize);
      const entries = await archive.deleteInboxEntries(keepDays, batchSize);
      return deliveries === batchSize || entries === batchSize ? "more" : undefined;
    },
  });
}
