import type { MessageInitShape } from "@bufbuild/protobuf";
import { toRecord } from "@till/events/outbox";
import { freePort } from "@till/embedded-postgres/free-port";
import type { CreateOrderRequestSchema } from "@till/gen/till/order/v1/order_service_pb";
import type { Order } from "@till/gen/till/order/v1/order_pb";
import { newId } from "@till/ids";
import { createLog, createMetrics } from "@till/telemetry";
import { startWebhookService, webhookConfig } from "@till/webhook";
import { randomBytes } from "node:crypto";
import pg from "pg";
import { course, courseLine, newUser } from "../../../../test/support/fixtures.ts";
import { testDatabase } from "../../../../test/support/database.ts";
import { startGatewaySystem } from "./gateway.ts";

type Items = MessageInitShape<typeof CreateOrderRequestSchema>["items"];

/** Everything that the console shows: orders, payments, a provider, webhooks, and the gateway before them. */
export type ConsoleSystem = Awaited<ReturnType<typeof startConsoleSystem>>;

/** Starts it. */
export async function startConsoleSystem() {
  await using starting = new AsyncDisposableStack();
  const webhookPort = await freePort();
  const system = await startGatewaySystem({ TILL_WEBHOOK_ADDRESS: `127.0.0.1:${webhookPort}` });
  starting.defer(() => system.stop());
  const database = await testDatabase();
  starting.defer(() => database.drop());
  const webhooks = await startWebhookService({
    config: webhookConfig({
      TILL_PORT: String(webhookPort),
      TILL_METRICS_PORT: "0",
      TILL_JWKS_URL: system.jwksUrl,
      DATABASE_URL: database.url,
      TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
      TILL_WEBHOOK_ALLOW_HTTP: "on",
      TILL_WEBHOOK_ALLOW_PRIVATE: "on",
      TILL_WEBHOOK_PAUSES_SECONDS: "3600,3600",
    }),
    bus: system.bus,
    log: createLog({ service: "test", level: "silent" }),
    metrics: createMetrics({ service: "test" }),
  });
  starting.defer(() => webhooks.stop());
  const running = starting.move();
  return {
    ...system,
    webhookAddress: `127.0.0.1:${webhookPort}`,
    async createOrder(user = newUser(), items: Items = [courseLine(course)]): Promise<Order> {
      const idempotencyKey = system.newKey();
      const { order } = await system.ordersAs(user, "user").createOrder({ items, idempotencyKey });
      return order!;
    },
    async pay({ id: orderId, userId, total: amount }: Order, token = "tok_approve"): Promise<void> {
      const request = { orderId, amount: amount!, idempotencyKey: system.newKey() };
      await system
        .paymentsAs(userId, "user")
        .processPayment({ ...request, method: { case: "paymentToken", value: token } });
    },
    /** Lets an order have expired some time ago, which its payment in progress keeps from being cancelled. */
    async expire(orderId: string, minutesAgo: number): Promise<void> {
      const client = new pg.Client({ connectionString: system.orderDatabaseUrl });
      await client.connect();
      try {
        const expiresAt = new Date(Date.now() - minutesAgo * 60_000);
        await client.query("UPDATE orders SET expires_at = $2 WHERE id = $1", [orderId, expiresAt]);
      } finally {
        await client.end();
      }
    },
    /** Makes an event of a payment that names no payment a dead letter of the order service. */
    async publishUnreadable(orderId: string, type = "payment.processed"): Promise<void> {
      const facts = { topic: "payment.events", subject: orderId, dataVersion: 1, time: new Date() };
      const event = { id: newId(), type, ...facts, data: JSON.stringify({ orderId }) };
      await system.bus.publish([toRecord(event, "till/payment")]);
    },
    stop: () => running.disposeAsync(),
  };
}
