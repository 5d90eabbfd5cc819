import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import { orderTopic } from "@till/contracts/order-events";
import { newId } from "@till/ids";
import { startPruning } from "@till/postgres/prune";
import type { Db } from "@till/postgres/statements";
import { grpcTransport, measuredTransport, tokenFrom } from "@till/rpc/client";
import { openTls } from "@till/rpc/server";
import { openDatabase, serveService, type RunningService, type ServiceOptions } from "@till/service";
import type { Worker } from "@till/worker";
import { migrations } from "../migrations/index.ts";
import { appRole } from "./store/app-role.ts";
import { openAuditLog } from "./audit/audit-log.ts";
import { countRepeats } from "./audit/count-repeats.ts";
import { auditOperatorAction } from "./audit/operator-actions.ts";
import { auditRejectedCalls } from "./audit/rejected-calls.ts";
import { startChainWriter } from "./audit/chain-writer.ts";
import type { PaymentConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { openPaymentMethods } from "./store/open-payment-methods.ts";
import { trackInFlightCalls } from "./charge/in-flight-calls.ts";
import { unadmittedPayments } from "./charge/unadmitted-payments.ts";
import { openProvider } from "./provider/open-provider.ts";
import { openReconciler } from "./reconciliation/reconciler.ts";
import { reconciliationTelemetry } from "./reconciliation/reconciliation-telemetry.ts";
import { openMethodAttempts } from "./methods/method-attempts.ts";
import { routes } from "./routes.ts";
import { isKnown } from "./sync/is-known.ts";
import { syncByProviderEvent } from "./sync/sync-by-provider-event.ts";
import { entities } from "./store/entities.ts";
import { oldRows } from "./store/old-rows.ts";
import type { Decision } from "./rules/decision.ts";
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

type PaymentServiceOptions = ServiceOptions<PaymentConfig> & {
  /** The database's clock, if left out. */
  readonly now?: () => Date;
};

type RunningPaymentService = RunningService & {
  /** Where the provider's webhooks are taken, if they are. */
  readonly webhookPort: number | undefined;
};

/**
 * Starts the payment service: schema, relay, workers, consumer, webhooks, then the gRPC server. `stop` closes them in
 * reverse order, and so does a start that fails half-way.
 */
export async function startPaymentService(options: PaymentServiceOptions): Promise<RunningPaymentService> {
  const { config, bus, log, metrics } = options;
  await using starting = new AsyncDisposableStack();
  const { db, readiness } = await openDatabase(options, { migrations, entities, role: appRole });
  starting.defer(() => db.close());
  const { now = db.now } = options;
  const relay = startRelay({ db, bus, source: "till/payment", log, metrics });
  starting.defer(() => relay.close());
  const changes = watchPayments({ db, log });
  starting.defer(() => changes.close());
  const chainWriter = startChainWriter({ db, log });
  starting.defer(() => chainWriter.close());
  const audit = countRepeats(openAuditLog({ db, log, now }));
  starting.defer(() => audit.close());
  const tls = openTls({ files: config.tls, log, metrics });
  starting.defer(() => tls.close());
  const toOrders = grpcTransport({
    ...{ address: config.orderAddress, credentials: tls.client },
    token: tokenFrom(config.serviceToken),
    isOwn: true,
  });
  const orders = measuredTransport(toOrders, metrics);
  starting.defer(() => orders.close());

  const unadmitted = unadmittedPayments({ store: config.redis, log, metrics });
  starting.defer(() => unadmitted.close());
  const inFlight = trackInFlightCalls();
  const onEvents = () => (relay.notify(), changes.notify());
  const deps = {
    ...dependenciesOf({ ...options, now }, db, onEvents),
    ...{
      orders: ordersOver(orders),
      inFlight,
      unadmitted,
      changes,
      recovery: { notify: () => recovery.notify() },
    },
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
    ...{ settings: config.provider, host: config.host, port: config.webhookPort },
    ...{ db, audit, log, metrics, now },
    isKnown: (notice) => isKnown(deps, notice),
    onProviderEvent: (trigger) => syncByProviderEvent(requireProviderResponses(deps), trigger),
  });
  starting.defer(() => webhooks?.close());
  const opened = { db, readiness, tls };
  const operated = { now, consumer, group: consumerGroup, topics };
  const ops = { ...operated, stuckQueries, recordAction: auditOperatorAction };
  const services = routes({ ...deps, reconciler });
  const onAccessDenied = auditRejectedCalls(audit);
  const serving = await serveService(options, opened, { services, ops, onAccessDenied });
  starting.defer(() => serving.stop());

  const running = starting.move();
  return { ...serving, webhookPort: webhooks?.port, stop: () => running.disposeAsync() };
}

type Started = PaymentServiceOptions & Required<Pick<PaymentServiceOptions, "now">>;

/** What use cases touch and nothing has to close. */
function dependenciesOf({ config, log, metrics, now }: Started, db: Db, onEvents: () => void) {
  const { provider: settings, circuitFailures, providerRetryMs: retryMs, limits, policies } = config;
  const telemetry = paymentTelemetry({ log, metrics });
  const onChanged = (decision: Decision) => telemetry.paymentChanged(decision);
  return {
    db,
    store: openStore({ db, limits, newId, onEvents, onChanged }),
    queries: paymentQueries(db),
    provider: openProvider({ settings, circuitFailures, retryMs, log, metrics }),
    methods: openPaymentMethods(db, config.keyRing),
    methodAttempts: openMethodAttempts(limits),
    ...{ telemetry, policies, newId, now },
  };
}
