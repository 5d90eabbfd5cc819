import type { Bus } from "@till/events/bus";
import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import type { CacheStore } from "@till/cache";
import { newId } from "@till/ids";
import { connect } from "@till/postgres/connect";
import { isUnavailable } from "@till/postgres/statements";
import { tokenFrom } from "@till/rpc/client";
import { serve, verifyTokens } from "@till/rpc/server";
import { serveMetrics, type Log, type Metrics } from "@till/telemetry";
import type { Worker } from "@till/worker";
import { CreateOrders1763700000000 } from "../migrations/1763700000000-create-orders.ts";
import { WholeLife1763800000010 } from "../migrations/1763800000010-whole-life.ts";
import { StockIntentKey1763800000020 } from "../migrations/1763800000020-stock-intent-key.ts";
import { ReturnedAt1763800000021 } from "../migrations/1763800000021-returned-at.ts";
import { UnpaidOrdersOf1763800000022 } from "../migrations/1763800000022-unpaid-orders-of.ts";
import { RefundSucceeded1763900000010 } from "../migrations/1763900000010-refund-succeeded.ts";
import type { OrderConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import type { Deps } from "./deps.ts";
import { paymentTopic } from "./payments/payment-events.ts";
import { watchOrders } from "./queries/watch-order.ts";
import { routes } from "./routes.ts";
import { appError } from "./rules/errors.ts";
import { inventoryTopic } from "./stock/on-stock-released.ts";
import { consumerGroup, openStore } from "./store/store.ts";
import { startRecovery } from "./recovery/recovery.ts";
import { orderTelemetry } from "./telemetry.ts";
import { connectUpstreams } from "./upstreams/connect-upstreams.ts";

export { orderConfig, type OrderConfig } from "./config.ts";

/** What a process hands to the service it runs: its settings and the engines of its way to run. */
export type OrderServiceOptions = {
  readonly config: OrderConfig;
  readonly bus: Bus;
  readonly cacheStore: CacheStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now?: () => Date;
};

export type RunningService = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/**
 * Starts the order service: schema, relay, consumers, then the door. `stop` closes them in the other order, and so does
 * a start that fails half-way.
 */
export async function startOrderService(options: OrderServiceOptions): Promise<RunningService> {
  const { config, bus, cacheStore, log, metrics, now = () => new Date() } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize } = config;
  const db = await connect({
    url,
    poolSize,
    migrations: [
      CreateOrders1763700000000,
      WholeLife1763800000010,
      StockIntentKey1763800000020,
      ReturnedAt1763800000021,
      UnpaidOrdersOf1763800000022,
      RefundSucceeded1763900000010,
    ],
    log,
  });
  starting.defer(() => db.close());
  const relay = startRelay({ db, bus, source: "till/order", log, metrics });
  starting.defer(() => relay.close());

  const changes = watchOrders({ db, log });
  starting.defer(() => changes.close());

  const token = tokenFrom(config.serviceTokenUrl);
  const upstreams = connectUpstreams({ config, token, store: cacheStore, metrics });
  starting.defer(() => upstreams.close());
  const telemetry = orderTelemetry({ log, metrics });
  const deps: Deps = {
    db,
    store: openStore({
      db,
      newId,
      maxUnpaidOrders: config.policies.maxUnpaidOrders,
      onEvents() {
        relay.notify();
        changes.notify();
      },
      onDue: () => recovery.notify(),
      onChanged: (decision, by) => telemetry.orderChanged(decision, by),
    }),
    changes,
    ...upstreams,
    policies: config.policies,
    telemetry,
    newId,
    now,
  };

  const recovery: Worker = startRecovery(deps, log);
  starting.defer(() => recovery.close());
  const topics = [paymentTopic, inventoryTopic];
  const handlers = consumers(deps);
  const consumer = await startConsumer({ db, bus, group: consumerGroup, topics, handlers, log, metrics });
  starting.defer(() => consumer.close());
  const { host, metricsPort } = config;
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
    log,
    metrics,
  });
  starting.defer(() => server.drain());

  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}
