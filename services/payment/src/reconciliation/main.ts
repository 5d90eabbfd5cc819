import { newId } from "@till/ids";
import { connect } from "@till/postgres/connect";
import { grpcTransport, openTls, tokenFrom } from "@till/rpc/client";
import { createLog, createMetrics } from "@till/telemetry";
import { hostname } from "node:os";
import { appRole } from "../store/app-role.ts";
import { paymentConfig } from "../config.ts";
import { openProvider } from "../provider/open-provider.ts";
import { entities } from "../store/entities.ts";
import type { Decision } from "../rules/decision.ts";
import { openStore } from "../store/open-store.ts";
import { paymentTelemetry } from "../telemetry.ts";
import { argumentsFrom, help } from "./arguments.ts";
import { runReconciliation, mostMismatches } from "./run-reconciliation.ts";
import type { ReconciliationDependencies } from "./reconcile.ts";
import { newRun } from "./reconciler.ts";
import { reconciliationTelemetry } from "./reconciliation-telemetry.ts";
import { reportOf } from "./report.ts";
import { openReconciliations } from "../store/reconciliations.ts";
import { orderSumsOver } from "../upstreams/order-sums.ts";
import type { Scope, RunStatus } from "../rules/reconciliation.ts";

const exitCodes = { CLEAN: 0, MISMATCHED: 1, FAILED: 2, RUNNING: 2 } as const satisfies Record<
  RunStatus,
  number
>;

/** `npm run reconcile`: one reconciliation in a process of its own, beside the service or without it. */
try {
  const scope = argumentsFrom(process.argv.slice(2), new Date());
  if (scope === "help") print(help);
  else process.exitCode = exitCodes[await reconcileOnce(scope)];
} catch (error) {
  process.stderr.write(`reconcile: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodes.FAILED;
}

async function reconcileOnce(scope: Omit<Scope, "id">): Promise<RunStatus> {
  const config = paymentConfig();
  const log = createLog({ service: "reconcile", level: "error" });
  const metrics = createMetrics({ service: "reconcile" });
  await using open = new AsyncDisposableStack();
  // The service migrates; what it has not set up yet cannot be reconciled.
  const db = await connect({
    url: config.databaseUrl,
    migrations: [],
    entities,
    log,
    role: appRole,
    patienceMs: 5_000,
  });
  open.defer(() => db.close());
  const tls = openTls({ files: config.tls, log });
  open.defer(() => tls.close());
  const orders = grpcTransport({
    ...{ address: config.orderAddress, credentials: tls.client },
    token: tokenFrom(config.serviceToken),
  });
  open.defer(() => orders.close());
  const telemetry = paymentTelemetry({ log, metrics });
  const onChanged = (decision: Decision) => telemetry.paymentChanged(decision);
  const deps: ReconciliationDependencies = {
    db,
    // The service's relay publishes the events of a repair.
    store: openStore({ db, limits: config.limits, newId, onEvents: () => undefined, onChanged }),
    readOrderSums: orderSumsOver(orders),
    provider: openProvider({
      settings: config.provider,
      circuitFailures: config.circuitFailures,
      retryMs: config.providerRetryMs,
      log,
      metrics,
    }),
    // The service's own recovery worker carries on what a repair begins.
    recovery: { notify: () => undefined },
    telemetry,
    operators: reconciliationTelemetry({ log, metrics }),
    newId,
    now: db.now,
  };

  const runs = openReconciliations(db);
  const run = newRun(deps, scope);
  const by = { now: run.startedAt, actor: "operator", peerAddress: hostname() };
  if (!(await runs.insert(run, by))) throw new Error("this range is being reconciled right now");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("it was stopped")));
  const finished = await runReconciliation(deps, runs, run, {
    signal: stop.signal,
    onProgress: ({ matched, mismatched }) =>
      process.stderr.write(`${matched + mismatched} payments compared, ${mismatched} do not agree\n`),
  });
  print(reportOf(finished, await runs.mismatches(run.id, mostMismatches)));
  return finished.status;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
