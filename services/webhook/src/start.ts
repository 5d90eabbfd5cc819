import { orderTopic } from "@till/contracts/order-events";
import { paymentTopic } from "@till/contracts/payment-events";
import type { Bus } from "@till/events/bus";
import { startConsumer } from "@till/events/consume";
import { opsRoutes, registerBacklogGauges } from "@till/ops";
import { recordOperatorAction as recordAction } from "@till/ops/operator-actions";
import { connect } from "@till/postgres/connect";
import { startPruning } from "@till/postgres/prune";
import { isUnavailable } from "@till/postgres/unavailable";
import { openTls, serve, verifyTokens } from "@till/rpc/server";
import { createReadiness, serveMetrics, type Log, type Metrics } from "@till/telemetry";
import { migrations } from "../migrations/index.ts";
import type { WebhookConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { openReceivers } from "./receivers/receivers.ts";
import { routes } from "./routes.ts";
import { appError } from "./rules/errors.ts";
import { startSending } from "./sending/send-deliveries.ts";
import { openDeliveries } from "./store/deliveries.ts";
import { openEndpoints } from "./store/endpoints.ts";
import { entities } from "./store/entities.ts";
import { oldRows } from "./store/old-rows.ts";
import { openQueue } from "./store/queue.ts";
import { consumerGroup, recordEvent } from "./store/record-event.ts";
import { openRequests } from "./store/requests.ts";
import { openSecrets } from "./store/secrets.ts";
import { webhookTelemetry } from "./telemetry.ts";

export { webhookConfig } from "./config.ts";
export { migrations as webhookMigrations } from "../migrations/index.ts";

/** What a process hands to the service it runs: its settings and the engines of its way to run. */
type WebhookServiceOptions = {
  readonly config: WebhookConfig;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal | undefined;
};

type RunningService = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/**
 * Starts the webhook service: schema, sender, consumer, then the gRPC server. `stop` closes them in reverse order, and so
 * does a start that fails half-way.
 */
export async function startWebhookService(options: WebhookServiceOptions): Promise<RunningService> {
  const { config, bus, log, metrics, signal } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize, preparedStatements, host, port, reflection } = config;
  const readiness = createReadiness();
  const onReachable = (isReachable: boolean) => readiness.set("postgres", isReachable);
  const schema = { migrations, entities };
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
  const receivers = openReceivers(config.receivers);
  starting.defer(() => receivers.close());
  const secrets = openSecrets(db, config.keyRing);
  const sending = startSending({
    ...{ queue: openQueue(db), secrets, receivers, log, telemetry: webhookTelemetry({ log, metrics }) },
    ...{ schedule: config.schedule, timeoutMs: config.receivers.timeoutMs },
  });
  starting.defer(() => sending.close());
  const pruning = startPruning({ db, tables: oldRows(config), log, metrics });
  starting.defer(() => pruning.close());
  const handlers = consumers({ db, record: (event) => recordEvent(db, event), sending });
  const topics = [orderTopic, paymentTopic];
  const consumer = await startConsumer({ db, bus, group: consumerGroup, topics, handlers, log, metrics });
  starting.defer(() => consumer.close());
  const metricsServer = await serveMetrics({ metrics, readiness, host, port: config.metricsPort });
  starting.defer(() => metricsServer.close());
  const deps = {
    ...{ requests: openRequests(db), endpoints: openEndpoints(db), deliveries: openDeliveries(db) },
    ...{ secrets, receivers, sending },
  };
  const tls = openTls({ files: config.tls, log, metrics });
  starting.defer(() => tls.close());
  const operated = { db, bus, log, now: db.now, recordAction, stuckQueries: [] };
  const ops = { ...operated, consumer, group: consumerGroup, topics };
  registerBacklogGauges({ ...ops, metrics });
  const server = await serve({
    services: [...routes(deps), opsRoutes(ops)],
    ...{ host, port, credentials: tls.server, reflection, log, metrics, readiness },
    verify: verifyTokens(config.tokens, { log }),
    trustedProxies: config.trustedProxies,
    limits: config.grpcLimits,
    mapError: (error) =>
      isUnavailable(error)
        ? appError("UPSTREAM_UNAVAILABLE", "postgres cannot be reached, try again", {
            upstream: "postgres",
            cause: error,
          })
        : error,
  });
  starting.defer(() => server.drain());

  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}
