import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { Run } from "../rules/reconciliation.ts";

export type ReconciliationTelemetry = ReturnType<typeof reconciliationTelemetry>;

/** Opens the log lines and counters of reconciliations. */
export function reconciliationTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const ended = new Counter({
    name: "payment_reconciliation_total",
    help: "Reconciliations of payments with the provider and the orders, by how they ended.",
    labelNames: ["status"],
    registers: [metrics],
  });
  return {
    ended({ id: reconciliation_id, status, matched, mismatched, problem }: Run): void {
      ended.inc({ status });
      const facts = { reconciliation_id, status, matched, mismatched, problem };
      if (status === "CLEAN") log.info(facts, "payments reconciled");
      else log.error(facts, "payments do not reconcile");
    },
    lost({ id: reconciliation_id }: Run, error: unknown): void {
      log.error({ reconciliation_id, err: error }, "the end of a reconciliation could not be stored");
    },
  };
}
