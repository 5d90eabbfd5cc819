import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Policies } from "../rules/policies.ts";
import { applyStock, type StockRecovery } from "./apply-stock.ts";
import { completeDigitalOrders } from "./complete-digital.ts";
import { completeReturnable } from "./complete-returnable.ts";
import { finishJobs, type JobRecovery } from "./finish-jobs.ts";
import { expireOverdue } from "./expire-overdue.ts";
import { releaseAbandoned } from "./release-abandoned.ts";
import { startRefunds } from "./start-refunds.ts";

/** What the recovery workers use. */
type RecoveryOptions = StockRecovery &
  JobRecovery & {
    readonly policies: Policies;
    readonly newId: () => string;
    readonly log: Log;
  };

/** How many times rarer than the recovery runs, what a crash alone leaves or a commit notifies of is looked for. */
const safetyNet = 5;

/**
 * Starts the order service's recovery workers. Every replica may run them at once: each step is guarded by its order's
 * lock. A notification starts those whose work a commit can make due.
 */
export function startRecovery(options: RecoveryOptions): Worker {
  const { policies, log } = options;
  const { recoveryEveryMs } = policies;
  const start = (name: string, run: () => Promise<number | void>, everyMs = safetyNet * recoveryEveryMs) =>
    startWorker({ name, everyMs, maxBackOffMs: 10_000, log, run });
  const refunds = start("starting refunds", () => startRefunds(options));
  const stock = start("applying stock", () => applyStock(options));
  const workers = [
    refunds,
    stock,
    start("finishing jobs", () => finishJobs(options)),
    start("expiring orders", () => expireOverdue(options), recoveryEveryMs),
    start("releasing abandoned reservations", () => releaseAbandoned(options)),
    start("completing orders without goods", () => completeDigitalOrders(options)),
    start("completing orders", () => completeReturnable(options), Math.max(recoveryEveryMs, 60_000)),
  ];
  return {
    notify() {
      refunds.notify();
      stock.notify();
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
