import type { Bus } from "@till/events/bus";
import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import { newId } from "@till/ids";
import { connect } from "@till/postgres/connect";
import { isUnavailable } from "@till/postgres/statements";
import { grpcTransport, tokenFrom } from "@till/rpc/client";
import { serve, verifyTokens } from "@till/rpc/server";
import { serveMetrics, type Log, type Metrics } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { CreatePayments1763700000000 } from "../migrations/1763700000000-create-payments.ts";
import { PaymentLifecycle1763800000010 } from "../migrations/1763800000010-payment-lifecycle.ts";
import { StorePaymentMethods1763800000030 } from "../migrations/1763800000030-payment-methods.ts";
import { Audit1763800000040 } from "../migrations/1763800000040-audit.ts";
import { Reconciliation1763800000041 } from "../migrations/1763800000041-reconciliation.ts";
import { ProviderEvents1763800000050 } from "../migrations/1763800000050-provider-events.ts";
import { NameMismatches1763900000010 } from "../migrations/1763900000010-name-mismatches.ts";
import { appRole } from "./audit/app-role.ts";
import { openAuditLog } from "./audit/audit-log.ts";
import { auditRefusedCalls } from "./audit/refused-calls.ts";
import { startChainWriter } from "./audit/chain-writer.ts";
import type { PaymentConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import type { Deps } from "./deps.ts";
import { openLimits } from "./limits/limits.ts";
import { openMethods } from "./methods/method-store.ts";
import { orderTopic } from "./order-events/order-event-bodies.ts";
import { trackInFlightCalls } from "./charge/in-flight-calls.ts";
import { openProvider } from "./provider/open-provider.ts";
import { openReconciler } from "./reconciliation/reconciler.ts";
import { reconciliationTelemetry } from "./reconciliation/reconciliation-telemetry.ts";
import { routes } from "./routes.ts";
import { appError } from "./rules/errors.ts";
import { syncPaymentById } from "./sync/sync-payment.ts";
import { consumerGroup, openStore } from "./store/store.ts";
import { placePayments } from "./store/place-payments.ts";
import { startRecovery } from "./recovery/recovery.ts";
import { paymentTelemetry } from "./telemetry.ts";
import { requireProviderResponses } from "./sync/require-provider-responses.ts";
import { startWebhooks } from "./webhooks/start-webhooks.ts";
import { ordersOver } from "./upstreams/orders.ts";
import { watchPayments } from "./store/payment-changes.ts";

export { paymentConfig, type PaymentConfig } from "./config.ts";

/** What a process hands to the service it runs: its settings and the engines of its way to run. */
export type PaymentServiceOptions = {
  readonly config: PaymentConfig;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now?: () => Date;
};

export type RunningService = {
  readonly port: number;
  readonly metricsPort: number;
  /** Where the provider's webhooks are taken, if they are. */
  readonly webhookPort: number | undefined;
  stop(): Promise<void>;
};

/**
 * Starts the payment service: schema, relay, recovery worker, then the door. `stop` closes them in the other order, and so does
 * a start that fails half-way.
 */
export async function startPaymentService(options: PaymentServiceOptions): Promise<RunningService> {
  const { config, bus, log, metrics, now = () => new Date() } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize, policies } = config;
  const db = await connect({
    url,
    poolSize,
    migrations: [
      CreatePayments1763700000000,
      PaymentLifecycle1763800000010,
      StorePaymentMethods1763800000030,
      Audit1763800000040,
      Reconciliation1763800000041,
      ProviderEvents1763800000050,
      NameMismatches1763900000010,
    ],
    log,
    role: appRole,
  });
  starting.defer(() => db.close());
  const relay = startRelay({ db, bus, source: "till/payment", log, metrics });
  starting.defer(() => relay.close());
  const changes = watchPayments({ db, log });
  starting.defer(() => changes.close());
  const sealer = startChainWriter({ db, log });
  starting.defer(() => sealer.close());
  const audit = openAuditLog({ db, log, now });
  starting.defer(() => audit.close());

  const orders = grpcTransport({ address: config.orderAddress, token: tokenFrom(config.serviceTokenUrl) });
  starting.defer(() => orders.close());
  const attempts = trackInFlightCalls();
  const store = openStore({ db, newId, onEvents: () => (relay.notify(), changes.notify()) });
  const engines: Omit<Deps, "reconciler"> = {
    db,
    store,
    place: placePayments({ db, store, limits: config.limits, now }),
    orders: ordersOver(orders),
    provider: openProvider({
      settings: config.provider,
      circuitFailures: config.circuitFailures,
      retryMs: config.providerRetryMs,
      log,
      metrics,
    }),
    methods: openMethods(db, config.keyRing),
    limits: openLimits({ db, now }),
    attempts,
    recovery: { notify: () => recovery.notify() },
    audit,
    changes,
    policies,
    telemetry: paymentTelemetry({ log, metrics }),
    newId,
    now,
  };
  const reconciler = openReconciler({ ...engines, operators: reconciliationTelemetry({ log, metrics }) });
  starting.defer(() => reconciler.close());
  const deps: Deps = { ...engines, reconciler };

  const recovery: Worker = startRecovery(deps, log);
  starting.defer(() => recovery.close());
  const topics = [orderTopic];
  const handlers = consumers(deps);
  const consumer = await startConsumer({ db, bus, group: consumerGroup, topics, handlers, log, metrics });
  starting.defer(() => consumer.close());
  // Those whose callers have gone are no calls any more, and a draining server does not wait for them.
  starting.defer(() => attempts.settled());
  const { host, metricsPort } = config;
  const webhooks = await startWebhooks({
    settings: config.provider,
    host,
    port: config.webhookPort,
    db,
    onNews: (news) => syncPaymentById(requireProviderResponses(deps), news),
    audit,
    log,
    metrics,
    now,
  });
  starting.defer(() => webhooks?.close());
  const metricsServer = await serveMetrics({ metrics, host, port: metricsPort });
  starting.defer(() => metricsServer.close());
  const server = await serve({
    services: routes(deps),
    host,
    port: config.port,
    reflection: config.reflection,
    verify: verifyTokens(config.tokens),
    mapError: (error) =>
      isUnavailable(error)
        ? appError("UPSTREAM_UNAVAILABLE", "postgres cannot be reached, try again", {
            upstream: "postgres",
            cause: error,
          })
        : error,
    onRefused: auditRefusedCalls(audit),
    log,
    metrics,
  });
  starting.defer(() => server.drain());

  const running = starting.move();
  return {
    port: server.port,
    metricsPort: metricsServer.port,
    webhookPort: webhooks?.port,
    stop: () => running.disposeAsync(),
  };
}
