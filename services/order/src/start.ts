import { startConsumer } from "@till/events/consume";
import { startRelay } from "@till/events/outbox";
import type { CacheStore } from "@till/cache";
import { inventoryTopic } from "@till/contracts/inventory-events";
import { paymentTopic } from "@till/contracts/payment-events";
import { newId } from "@till/ids";
import { recordOperatorAction as recordAction } from "@till/ops/operator-actions";
import { startPruning } from "@till/postgres/prune";
import { tokenFrom } from "@till/rpc/client";
import { openTls } from "@till/rpc/server";
import { openDatabase, serveService, type RunningService, type ServiceOptions } from "@till/service";
import type { Worker } from "@till/worker";
import { migrations } from "../migrations/index.ts";
import type { OrderConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { registerOrdersGauge } from "./orders-gauge.ts";
import { routes } from "./routes.ts";
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

type OrderServiceOptions = ServiceOptions<OrderConfig> & {
  readonly cacheStore: CacheStore;
  /** The database's clock, if left out. */
  readonly now?: () => Date;
};

/**
 * Starts the order service: schema, relay, recovery workers, consumers, then the gRPC server. `stop` closes them in the
 * reverse order, and so does a start that fails half-way.
 */
export async function startOrderService(options: OrderServiceOptions): Promise<RunningService> {
  const { config, bus, cacheStore, log, metrics } = options;
  await using starting = new AsyncDisposableStack();
  const { policies } = config;
  const { db, readiness } = await openDatabase(options, { migrations, entities });
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
  const opened = { db, readiness, tls };
  const ops = { now, consumer, group: consumerGroup, topics, stuckQueries, recordAction };
  const serving = await serveService(options, opened, { services: routes(wired), ops });
  starting.defer(() => serving.stop());

  const running = starting.move();
  return { ...serving, stop: () => running.disposeAsync() };
}
