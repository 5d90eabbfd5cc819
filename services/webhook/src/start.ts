import { orderTopic } from "@till/contracts/order-events";
import { paymentTopic } from "@till/contracts/payment-events";
import { startConsumer } from "@till/events/consume";
import { recordOperatorAction as recordAction } from "@till/ops/operator-actions";
import { startPruning } from "@till/postgres/prune";
import { openTls } from "@till/rpc/server";
import { openDatabase, serveService, type RunningService, type ServiceOptions } from "@till/service";
import { migrations } from "../migrations/index.ts";
import type { WebhookConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import { openReceivers } from "./receivers/receivers.ts";
import { routes } from "./routes.ts";
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

/**
 * Starts the webhook service: schema, sender, consumer, then the gRPC server. `stop` closes them in reverse order, and so
 * does a start that fails half-way.
 */
export async function startWebhookService(options: ServiceOptions<WebhookConfig>): Promise<RunningService> {
  const { config, bus, log, metrics } = options;
  await using starting = new AsyncDisposableStack();
  const { db, readiness } = await openDatabase(options, { migrations, entities });
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
  const deps = {
    ...{ requests: openRequests(db), endpoints: openEndpoints(db), deliveries: openDeliveries(db) },
    ...{ secrets, receivers, sending },
  };
  const tls = openTls({ files: config.tls, log, metrics });
  starting.defer(() => tls.close());
  const opened = { db, readiness, tls };
  const ops = { now: db.now, consumer, group: consumerGroup, topics, stuckQueries: [], recordAction };
  const serving = await serveService(options, opened, { services: routes(deps), ops });
  starting.defer(() => serving.stop());

  const running = starting.move();
  return { ...serving, stop: () => running.disposeAsync() };
}
