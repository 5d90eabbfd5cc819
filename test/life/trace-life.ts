import { randomBytes } from "node:crypto";
import { v7 } from "uuid";
import { freePort } from "@till/embedded-postgres/free-port";
import { startStack } from "@till/stack";
import { sentBetween, type Counters } from "../bench/counters.ts";
import {
  orderOnKafka,
  paymentService,
  startGateway,
  startSandbox,
  startService,
  webhookService,
  type Service,
} from "../bench/services.ts";
import { eventually } from "../support/eventually.ts";
import { collectSpans, type Span } from "./collect-spans.ts";

/** One life of a payment, alone on a system in which every service is a process of its own. */
export type TracedLife = {
  /** Of all processes, in the order in which they started. */
  readonly spans: readonly Span[];
  /** What each service has sent meanwhile, polls included. */
  readonly sent: Readonly<Record<string, Counters>>;
};

/**
 * Starts the system on real Postgres, Redis and Kafka, lives one life to warm it up, and traces the next one, of another
 * user and course: create, pay, confirmed, the provider's webhook. With `alsoTo`, another collector receives the spans, too.
 */
export async function traceLife(alsoTo?: string): Promise<TracedLife> {
  await using collector = await collectSpans(alsoTo);
  await using system = await startTracedSystem(collector.url);
  await system.live(1);
  await eventually(() => requireEnded(collector.spans, 1));
  const before = await system.sent();
  const beganAt = Date.now();
  await system.live(2);
  await eventually(() => requireEnded(collector.spans, 2));
  const after = await system.sent();
  await system.stop(); // the last spans come when their process ends
  const spans = collector.spans.filter(({ startedAt }) => startedAt >= beganAt);
  const sent = Object.entries(after).map(([name, counters]) => [name, sentBetween(before[name]!, counters)]);
  return {
    spans: spans.sort((one, other) => one.startedAt - other.startedAt),
    sent: Object.fromEntries(sent) as Readonly<Record<string, Counters>>,
  };
}

/** What ends a life: its consumer's work, and the provider's webhook. */
function requireEnded(spans: readonly Span[], lives: number): void {
  for (const last of ["process order.confirmed", "POST /webhooks/sandbox"]) {
    const ended = spans.filter(({ name }) => name === last).length;
    if (ended < lives) throw new Error(`${last}: ${ended} of ${lives}`);
  }
}

async function startTracedSystem(otlpUrl: string) {
  await using starting = new AsyncDisposableStack();
  const { postgres, redis, kafka, stop } = await startStack({ servers: ["postgres", "redis", "kafka"] });
  starting.defer(stop);
  const [webhookPort, secret] = [await freePort(), randomBytes(32).toString("hex")];
  const sandbox = await startSandbox({
    TILL_PSP_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}/webhooks/sandbox`,
    TILL_PSP_WEBHOOK_SECRET: secret,
  });
  starting.defer(() => sandbox.child.stop());
  const shared = {
    TILL_OTLP_URL: otlpUrl,
    KAFKA_BROKERS: kafka.brokers,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
  };
  async function start(name: string, script: string, env: Readonly<Record<string, string>> = {}) {
    const databaseUrl = postgres.url(`till_${name}`);
    const service = await startService({ name, script, databaseUrl, sandbox, env: { ...shared, ...env } });
    starting.defer(() => service.child.stop());
    return service;
  }
  const order = await start("order", orderOnKafka);
  const payment = await start("payment", paymentService, {
    TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`,
    TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1`,
    TILL_WEBHOOK_PORT: `${webhookPort}`,
    TILL_PSP_WEBHOOK_SECRET: secret,
  });
  const webhook = await start("webhook", webhookService);
  const gatewayEnv = { ...shared, TILL_PAYMENT_ADDRESS: `127.0.0.1:${payment.port}` };
  const gateway = await startGateway({ sandbox, order, env: gatewayEnv });
  starting.defer(() => gateway.child.stop());
  const services: Readonly<Record<string, Service>> = { order, payment, webhook };
  const running = starting.move();

  const token = await sandbox.token();
  async function post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": v7(),
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  return {
    /** Creates and pays an order of a user and a course of this number. */
    async live(number: number): Promise<void> {
      const { order } = (await post("till.order.v1.OrderService/CreateOrder", {
        userId: `018f0000-0000-7000-9000-00000000000${number}`,
        items: [{ courseId: `018f0000-0000-7000-a000-00000000000${number}` }],
      })) as { readonly order: { readonly id: string; readonly total: object } };
      await post("till.payment.v1.PaymentService/ProcessPayment", {
        orderId: order.id,
        amount: order.total,
        paymentToken: "tok_approve",
      });
    },
    /** What each service has sent since its start. */
    async sent(): Promise<Record<string, Counters>> {
      const counted = Object.entries(services).map(
        async ([name, service]) => [name, await service.sent()] as const,
      );
      return Object.fromEntries(await Promise.all(counted));
    },
    stop: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
