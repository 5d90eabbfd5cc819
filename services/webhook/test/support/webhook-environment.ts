import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { localBus } from "@till/events/bus";
import { toRecord } from "@till/events/outbox";
import { WebhookService, type Delivery } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { randomBytes } from "node:crypto";
import { Pool } from "pg";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import { startWebhookService, webhookConfig, webhookMigrations } from "../../src/start.ts";
import { startReceiver } from "./receiver.ts";

export type WebhookEnvironment = Awaited<ReturnType<typeof startWebhookEnvironment>>;

/** Settings with which attempts follow each other at once, to receivers on this machine. */
const local = {
  TILL_WEBHOOK_ALLOW_HTTP: "on",
  TILL_WEBHOOK_ALLOW_PRIVATE: "on",
  TILL_WEBHOOK_PAUSES_SECONDS: "0.2",
};

const host = "127.0.0.1";

/** The webhook service on a database and a bus of its own, with the sandbox's tokens. `env` has its settings. */
export async function startWebhookEnvironment(env: Readonly<Record<string, string>> = {}, replicas = 1) {
  await using starting = new AsyncDisposableStack();
  const log = createLog({ service: "test", level: "silent" });
  const engines = () => ({ log, metrics: createMetrics({ service: "test" }) });
  const database = await migratedDatabase({ service: "webhook", migrations: webhookMigrations });
  starting.defer(() => database.drop());
  const pool = new Pool({ connectionString: database.url });
  starting.defer(() => pool.end());
  const sandbox = await startSandbox({ host, grpcPort: 0, httpPort: 0, ...engines() });
  starting.defer(() => sandbox.close());
  const bus = localBus({ log });
  starting.defer(() => bus.close());
  const config = webhookConfig({
    ...{ TILL_PORT: "0", TILL_METRICS_PORT: "0", TILL_JWKS_URL: sandbox.jwksUrl },
    ...{ DATABASE_URL: database.url, TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}` },
    ...local,
    ...env,
  });
  const startReplicas = () =>
    Promise.all(Array.from({ length: replicas }, () => startWebhookService({ config, bus, ...engines() })));
  let services = await startReplicas();
  const stopReplicas = () => Promise.all(services.map((service) => service.stop()));
  starting.defer(async () => void (await stopReplicas()));

  function transportAs(caller: string, role: Role): Transport {
    const bearer = fetch(`${sandbox.tokenUrl}?user=${caller}&role=${role}`).then((response) =>
      response.text(),
    );
    const address = `${host}:${services[0]!.port}`;
    const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 10_000, retries: false });
    opened.push(transport);
    return transport;
  }
  function webhooks(caller = "shop", role: Role = "service"): Client<typeof WebhookService> {
    return createClient(WebhookService, transportAs(caller, role));
  }
  const opened: { close(): void }[] = [];
  const shop = webhooks();
  const running = starting.move();

  return {
    shop,
    webhooks,
    transportAs,
    pool,
    databaseUrl: database.url,
    /** Publishes an order's event as the order service would; resolves with its id when it is recorded. */
    async publish(
      orderId: string,
      type = "order.status_changed",
      data: object | string = {},
    ): Promise<string> {
      const id = newId();
      const body = typeof data === "string" ? data : JSON.stringify({ orderId, userId: "u", ...data });
      const topic = type.startsWith("payment.") ? "payment.events" : "order.events";
      const facts = { topic, subject: orderId, dataVersion: 1, time: new Date() };
      await bus.publish([toRecord({ id, type, ...facts, data: body }, "till/order")]);
      return id;
    },
    /** Publishes events one after the other. */
    async publishMany(orderId: string, count: number): Promise<string[]> {
      const ids: string[] = [];
      for (let index = 0; index < count; index++) ids.push(await this.publish(orderId));
      return ids;
    },
    /** A receiver with an endpoint. */
    async receiver(eventTypes: readonly string[] = ["*"]) {
      const receiver = await startReceiver();
      const { endpoint, secret } = await shop.createEndpoint({
        url: receiver.url,
        eventTypes: [...eventTypes],
      });
      return { ...receiver, endpointId: endpoint!.id, secret };
    },
    /** Stops the service and starts it again; clients made before it do not find it. */
    async restart(meanwhile: () => Promise<void>): Promise<void> {
      await stopReplicas();
      await meanwhile();
      services = await startReplicas();
    },
    async deliveries(endpointId: string): Promise<Delivery[]> {
      return (await shop.listDeliveries({ endpointId, pageSize: 200 })).deliveries;
    },
    async stop() {
      for (const one of opened) one.close();
      await running.disposeAsync();
    },
  };
}
