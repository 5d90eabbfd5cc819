import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Deps } from "../deps.ts";
import { settleStock } from "./apply-stock.ts";
import { completeReturnable } from "./complete-returnable.ts";
import { expireOverdue } from "./expire-overdue.ts";
import { releaseLeftovers } from "./release-abandoned.ts";
import { startRefunds } from "./start-refunds.ts";

/**
 * Starts the order service's recovery workers. Every replica may run them at once: each step is guarded by its order's
 * lock. A notification starts those whose work a commit can make due.
 */
export function startRecovery(deps: Deps, log: Log): Worker {
  const start = (name: string, run: (deps: Deps) => Promise<void>, everyMs = deps.policies.sweepMs) =>
    startWorker({ name, everyMs, maxBackOffMs: 10_000, log, run: () => run(deps) });
  const refunds = start("starting refunds", startRefunds);
  const stock = start("applying stock", settleStock);
  const workers = [
    refunds,
    stock,
    start("expiring orders", expireOverdue),
    start("releasing abandoned reservations", releaseLeftovers),
    start("completing orders", completeReturnable, Math.max(deps.policies.sweepMs, 60_000)),
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
