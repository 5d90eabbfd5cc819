import { createClient } from "@connectrpc/connect";
import { kafkaBus } from "@till/events/bus";
import { toRecord } from "@till/events/outbox";
import { DeliveryStatus, WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { startStack } from "../../../deploy/local/src/stack.ts";
import { testDatabase } from "../../../test/support/database.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startService, type ServiceProcess } from "../../../test/support/service-process.ts";
import { startReceiver, verify } from "./support/receiver.ts";

describe("A webhook service that is killed (kill -9) while it sends, on Kafka", () => {
  const log = createLog({ service: "test", level: "silent" });
  const cleanUp = new AsyncDisposableStack();
  let env: Record<string, string>;
  let brokers: string[];
  let tokenUrl: string;

  before(async function () {
    this.timeout(180_000);
    if (!process.env.TILL_TEST_POSTGRES_URL || !process.env.TILL_TEST_KAFKA_BROKERS) this.skip();
    const stack = await startStack({ servers: ["kafka"] }); // its topics and its consumer group are not shared
    cleanUp.defer(stack.stop);
    brokers = stack.kafka.brokers.split(",");
    const database = await testDatabase();
    cleanUp.defer(() => database.drop());
    const engines = { log, metrics: createMetrics({ service: "test" }) };
    const sandbox = await startSandbox({ host: "127.0.0.1", grpcPort: 0, httpPort: 0, ...engines });
    cleanUp.defer(() => sandbox.close());
    tokenUrl = `${sandbox.tokenUrl}?user=shop&role=service`;
    env = {
      ...{ DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(","), TILL_JWKS_URL: sandbox.jwksUrl },
      ...{ TILL_METRICS_PORT: "0", TILL_WEBHOOK_TIMEOUT_MS: "2000" },
      ...{ TILL_WEBHOOK_ALLOW_HTTP: "on", TILL_WEBHOOK_ALLOW_PRIVATE: "on" },
      TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
    };
  });
  after(async function () {
    this.timeout(60_000);
    await cleanUp.disposeAsync();
  });

  async function replica(): Promise<ServiceProcess> {
    const service = await startService("webhook", env);
    cleanUp.defer(async () => void (await service.stop()));
    return service;
  }

  async function clientOf(service: ServiceProcess) {
    const token = await (await fetch(tokenUrl)).text();
    const transport = grpcTransport({ address: service.address, token: () => Promise.resolve(token) });
    cleanUp.defer(() => transport.close());
    return createClient(WebhookService, transport);
  }

  it("leaves its delivery to another replica, which sends it and then the order's next ones", async () => {
    const [killed, other] = [await replica(), await replica()];
    const receiver = await startReceiver();
    cleanUp.defer(() => receiver.close());
    const shop = await clientOf(other);
    const { endpoint, secret } = await shop.createEndpoint({ url: receiver.url });
    const bus = await kafkaBus({ brokers, clientId: "till-test", log });
    cleanUp.defer(() => bus.close());
    const orders = Array.from({ length: 10 }, () => newId());
    const sent = new Map<string, string[]>(orders.map((orderId) => [orderId, [newId(), newId()]]));
    const open = new Set<ServerResponse>();
    receiver.respondWith((response) => {
      open.add(response);
      response.once("close", () => open.delete(response));
    });
    for (const [orderId, ids] of sent)
      for (const id of ids) {
        const facts = { topic: "order.events", subject: orderId, dataVersion: 1, time: new Date() };
        const data = JSON.stringify({ orderId, userId: "u" });
        await bus.publish([toRecord({ id, type: "order.status_changed", data, ...facts }, "till/order")]);
      }
    // A replica sends four at a time to an endpoint: both have some under way.
    await eventually(() => expect(open.size).to.equal(8), { timeoutMs: 60_000 });
    await killed.kill();
    receiver.respondWith((response) => response.end());

    await eventually(
      async () => {
        const { deliveries } = await shop.listDeliveries({ endpointId: endpoint!.id });
        const delivered = deliveries.filter(({ status }) => status === DeliveryStatus.DELIVERED);
        expect(delivered).to.have.length(20);
      },
      { timeoutMs: 60_000 },
    );
    for (const [orderId, ids] of sent) {
      const received = receiver.about(orderId).map(({ id }) => id);
      expect(received.filter((id, index) => id !== received[index - 1])).to.deep.equal(ids);
    }
    for (const webhook of receiver.received) verify(secret, webhook);
  }).timeout(180_000);
});
