import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import type { Deps } from "../deps.ts";
import { recoverPayments } from "./recover-payments.ts";

/** Starts the recovery worker: payments without an outcome, operations that were begun, attempts that are too old. */
export function startRecovery(deps: Deps, log: Log): Worker {
  return startWorker({
    name: "recovering payments",
    // Often enough that a payment which is due does not wait long.
    everyMs: deps.policies.resolveAfterMs / 5,
    maxBackOffMs: 10_000,
    log,
    async run() {
      await recoverPayments(deps);
      await deps.limits.forgetOld();
    },
  });
}
