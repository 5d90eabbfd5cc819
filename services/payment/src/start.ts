import type { Bus } from "@till/events/bus";
import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import { orderTopic } from "@till/contracts/order-events";
import { newId } from "@till/ids";
import { opsRoutes, registerBacklogGauges } from "@till/ops";
import { connect } from "@till/postgres/connect";
import { startPruning } from "@till/postgres/prune";
import type { Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { grpcTransport, measuredTransport, tokenFrom } from "@till/rpc/client";
import { openTls, serve, verifyTokens, type RunningServer, type Tls } from "@till/rpc/server";
import { createReadiness, serveMetrics, type Log, type Metrics, type Readiness } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { migrations } from "../migrations/index.ts";
import { appRole } from "./store/app-role.ts";
import { openAuditLog, type AuditLog } from "./audit/audit-log.ts";
import { auditOperatorAction } from "./audit/operator-actions.ts";
import { auditRejectedCalls } from "./audit/rejected-calls.ts";
import { startChainWriter } from "./audit/chain-writer.ts";
import type { PaymentConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { openPaymentMethods } from "./store/open-payment-methods.ts";
import { trackInFlightCalls } from "./charge/in-flight-calls.ts";
import { openProvider } from "./provider/open-provider.ts";
import { openReconciler } from "./reconciliation/reconciler.ts";
import { reconciliationTelemetry } from "./reconciliation/reconciliation-telemetry.ts";
import { routes } from "./routes.ts";
import { appError } from "./rules/errors.ts";
import { isKnown } from "./sync/is-known.ts";
import { syncByProviderEvent } from "./sync/sync-by-provider-event.ts";
import { entities } from "./store/entities.ts";
import { oldRows } from "./store/old-rows.ts";
import { openStore } from "./store/open-store.ts";
import { openReconciliations } from "./store/reconciliations.ts";
import { paymentQueries } from "./store/payment-queries.ts";
import { consumerGroup } from "./store/update-payments.ts";
import { startRecovery } from "./recovery/recovery.ts";
import { paymentTelemetry } from "./telemetry.ts";
import { requireProviderResponses } from "./sync/require-provider-responses.ts";
import { startWebhooks } from "./webhooks/start-webhooks.ts";
import { orderSumsOver } from "./upstreams/order-sums.ts";
import { ordersOver } from "./upstreams/orders.ts";
import { watchPayments } from "./store/payment-changes.ts";
import { stuckQueries } from "./store/stuck-queries.ts";

export { paymentConfig } from "./config.ts";
export { migrations as paymentMigrations } from "../migrations/index.ts";
export { appRole as paymentAppRole } from "./store/app-role.ts";

/** What a process hands to the service it runs: its settings and the engines of its way to run. */
export type PaymentServiceOptions = {
  readonly config: PaymentConfig;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The database's clock, if left out. */
  readonly now?: () => Date;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal | undefined;
};

export type RunningService = {
  readonly port: number;
  readonly metricsPort: number;
  /** Where the provider's webhooks are taken, if they are. */
  readonly webhookPort: number | undefined;
  stop(): Promise<void>;
};

/**
 * Starts the payment service: schema, relay, workers, consumer, webhooks, then the gRPC server. `stop` closes them in
 * reverse order, and so does a start that fails half-way.
 */
export async function startPaymentService(options: PaymentServiceOptions): Promise<RunningService> {
  const { config, bus, log, metrics, signal } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize, preparedStatements, host } = config;
  const schema = { migrations, entities, role: appRole };
  const readiness = createReadiness();
  const onReachable = (isReachable: boolean) => readiness.set("postgres", isReachable);
  const db = await connect({
    url,
    poolSize,
    preparedStatements,
    log,
    metrics,
    signal,
    onReachable,
    ...schema,
  });
  starting.defer(() => db.close());
  const { now = db.now } = options;
  const relay = startRelay({ db, bus, source: "till/payment", log, metrics });
  starting.defer(() => relay.close());
  const changes = watchPayments({ db, log });
  starting.defer(() => changes.close());
  const chainWriter = startChainWriter({ db, log });
  starting.defer(() => chainWriter.close());
  const audit = openAuditLog({ db, log, now });
  starting.defer(() => audit.close());
  const tls = openTls({ files: config.tls, log, metrics });
  starting.defer(() => tls.close());
  const toOrders = grpcTransport({
    ...{ address: config.orderAddress, credentials: tls.client },
    token: tokenFrom(config.serviceToken),
  });
  const orders = measuredTransport(toOrders, metrics);
  starting.defer(() => orders.close());

  const inFlight = trackInFlightCalls();
  const onEvents = () => (relay.notify(), changes.notify());
  const deps = {
    ...dependenciesOf({ ...options, now }, db, onEvents),
    ...{ orders: ordersOver(orders), inFlight, changes, recovery: { notify: () => recovery.notify() } },
  };
  const reconciler = openReconciler({
    ...{ ...deps, runs: openReconciliations(db), readOrderSums: orderSumsOver(orders) },
    operators: reconciliationTelemetry({ log, metrics }),
  });
  starting.defer(() => reconciler.close());
  const recovery: Worker = startRecovery(deps, log);
  starting.defer(() => recovery.close());
  const pruning = startPruning({ db: { ...db, now }, tables: oldRows(config), log, metrics });
  starting.defer(() => pruning.close());
  const [topics, handlers] = [[orderTopic], consumers(deps)];
  const consumer = await startConsumer({ db, bus, group: consumerGroup, topics, handlers, log, metrics });
  starting.defer(() => consumer.close());
  // A draining server does not wait for calls whose callers have hung up.
  starting.defer(() => inFlight.completed());
  const webhooks = await startWebhooks({
    ...{ settings: config.provider, host, port: config.webhookPort, db, audit, log, metrics, now },
    isKnown: (notice) => isKnown(deps, notice),
    onProviderEvent: (trigger) => syncByProviderEvent(requireProviderResponses(deps), trigger),
  });
  starting.defer(() => webhooks?.close());
  const metricsServer = await serveMetrics({ metrics, readiness, host, port: config.metricsPort });
  starting.defer(() => metricsServer.close());
  const events = { bus, consumer, group: consumerGroup, topics };
  const ops = { db, log, now, ...events, stuckQueries, recordAction: auditOperatorAction };
  registerBacklogGauges({ ...ops, metrics });
  const services = [...routes({ ...deps, reconciler }), opsRoutes(ops)];
  const server = await startServer({ ...options, readiness, db, tls }, services, audit);
  starting.defer(() => server.drain());

  const running = starting.move();
  return {
    port: server.port,
    metricsPort: metricsServer.port,
    webhookPort: webhooks?.port,
    stop: () => running.disposeAsync(),
  };
}

type Started = PaymentServiceOptions & Required<Pick<PaymentServiceOptions, "now">>;

/** What use cases touch and nothing has to close. */
function dependenciesOf({ config, log, metrics, now }: Started, db: Db, onEvents: () => void) {
  const { provider: settings, circuitFailures, providerRetryMs: retryMs, limits, policies } = config;
  return {
    db,
    store: openStore({ db, limits, newId, onEvents }),
    queries: paymentQueries(db),
    provider: openProvider({ settings, circuitFailures, retryMs, log, metrics }),
    methods: openPaymentMethods(db, config.keyRing),
    telemetry: paymentTelemetry({ log, metrics }),
    ...{ policies, newId, now },
  };
}

type Running = { readonly readiness: Readiness; readonly db: Db; readonly tls: Tls };

function startServer(
  { config, log, metrics, readiness, db, tls }: PaymentServiceOptions & Running,
  services: Parameters<typeof serve>[0]["services"],
  audit: AuditLog,
): Promise<RunningServer> {
  const { host, port, reflection, trustedProxies, grpcLimits } = config;
  return serve({
    ...{ services, host, port, credentials: tls.server, reflection, log, metrics, readiness, trustedProxies },
    limits: grpcLimits,
    verify: verifyTokens(config.tokens, { log, now: () => db.now().getTime() }),
    mapError: (error) =>
      isUnavailable(error)
        ? appError("UPSTREAM_UNAVAILABLE", "postgres cannot be reached, try again", {
            upstream: "postgres",
            cause: error,
          })
        : error,
    onAccessDenied: auditRejectedCalls(audit),
  });
}
