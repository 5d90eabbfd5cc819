import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import { recoverPayments, type RecoveryDependencies } from "./recover-payments.ts";

/** Starts the recovery worker: it syncs payments without an outcome and performs operations that were begun. */
export function startRecovery(deps: RecoveryDependencies, log: Log): Worker {
  return startWorker({
    name: "recovering payments",
    // Often enough that a payment which is due does not wait long.
    everyMs: deps.policies.resolveAfterMs / 5,
    maxBackOffMs: 10_000,
    log,
    run: () => recoverPayments(deps),
  });
}
