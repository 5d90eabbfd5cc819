import type { Bus } from "@till/events/bus";
import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import type { CacheStore } from "@till/cache";
import { inventoryTopic } from "@till/contracts/inventory-events";
import { paymentTopic } from "@till/contracts/payment-events";
import { newId } from "@till/ids";
import { opsRoutes, registerBacklogGauges } from "@till/ops";
import { recordOperatorAction as recordAction } from "@till/ops/operator-actions";
import { connect } from "@till/postgres/connect";
import { startPruning } from "@till/postgres/prune";
import { isUnavailable } from "@till/postgres/unavailable";
import { tokenFrom } from "@till/rpc/client";
import { openTls, serve, verifyTokens } from "@till/rpc/server";
import { createReadiness, serveMetrics, type Log, type Metrics } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { migrations } from "../migrations/index.ts";
import type { OrderConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { registerOrdersGauge } from "./orders-gauge.ts";
import { routes } from "./routes.ts";
import { appError } from "./rules/errors.ts";
import { countOrders, newestOrderAt } from "./store/count-orders.ts";
import { entities } from "./store/entities.ts";
import { oldRows } from "./store/old-rows.ts";
import { consumerGroup, openStore } from "./store/open-store.ts";
import { watchOrders } from "./store/order-changes.ts";
import { stuckQueries } from "./store/stuck-queries.ts";
import { startRecovery } from "./recovery/recovery.ts";
import { orderTelemetry } from "./telemetry.ts";
import { connectUpstreams } from "./upstreams/connect-upstreams.ts";

export { orderConfig } from "./config.ts";
export { migrations as orderMigrations } from "../migrations/index.ts";

/** What a process passes to the service it runs: the settings, and the engines of its deployment. */
type OrderServiceOptions = {
  readonly config: OrderConfig;
  readonly bus: Bus;
  readonly cacheStore: CacheStore;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The database's clock, if left out. */
  readonly now?: () => Date;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal | undefined;
};

type RunningService = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/**
 * Starts the order service: schema, relay, recovery workers, consumers, then the gRPC server. `stop` closes them in the
 * reverse order, and so does a start that fails half-way.
 */
export async function startOrderService(options: OrderServiceOptions): Promise<RunningService> {
  const { config, bus, cacheStore, log, metrics, signal } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize, preparedStatements, policies } = config;
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
  const { now = db.now } = options;
  const relay = startRelay({ db, bus, source: "till/order", log, metrics });
  starting.defer(() => relay.close());
  const changes = watchOrders({ db, log });
  starting.defer(() => changes.close());

  const tls = openTls({ files: config.tls, log, metrics });
  starting.defer(() => tls.close());
  const token = tokenFrom(config.serviceToken);
  const upstreams = connectUpstreams({
    ...{ config, token, credentials: tls.client },
    ...{ store: cacheStore, metrics },
  });
  starting.defer(() => upstreams.close());
  const telemetry = orderTelemetry({ log, metrics });
  registerOrdersGauge({ count: () => countOrders(db), newest: () => newestOrderAt(db), metrics, log });
  const store = openStore({
    db,
    newId,
    maxUnpaidOrders: policies.maxUnpaidOrders,
    onEvents() {
      relay.notify();
      changes.notify();
    },
    onDue: () => recovery.notify(),
    onChanged: (decision, by) => telemetry.orderChanged(decision, by),
  });
  const wired = { db, store, changes, ...upstreams, policies, telemetry, newId, now };

  const recovery: Worker = startRecovery({ ...wired, log });
  starting.defer(() => recovery.close());
  const pruning = startPruning({ db: { ...db, now }, tables: oldRows(config), log, metrics });
  starting.defer(() => pruning.close());
  const topics = [paymentTopic, inventoryTopic];
  const handlers = consumers(wired);
  const consumer = await startConsumer({ db, bus, group: consumerGroup, topics, handlers, log, metrics });
  starting.defer(() => consumer.close());
  const { host, metricsPort } = config;
  const metricsServer = await serveMetrics({ metrics, readiness, host, port: metricsPort });
  starting.defer(() => metricsServer.close());
  const ops = { db, bus, log, now, consumer, group: consumerGroup, topics, stuckQueries, recordAction };
  registerBacklogGauges({ ...ops, metrics });
  const server = await serve({
    services: [...routes(wired), opsRoutes(ops)],
    ...{ host, port: config.port, credentials: tls.server },
    reflection: config.reflection,
    trustedProxies: config.trustedProxies,
    limits: config.grpcLimits,
    verify: verifyTokens(config.tokens, { log, now: () => db.now().getTime() }),
    mapError: (error) =>
      isUnavailable(error)
        ? appError("UPSTREAM_UNAVAILABLE", "postgres cannot be reached, try again", {
            upstream: "postgres",
            cause: error,
          })
        : error,
    log,
    metrics,
    readiness,
  });
  starting.defer(() => server.drain());

  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}
