import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { gatewayConfig, startGateway } from "@till/gateway";
import { orderConfig, startOrderService } from "@till/order";
import { paymentConfig, startPaymentService } from "@till/payment";
import { startWebhookService, webhookConfig } from "@till/webhook";
import { randomHex } from "@till/ids";
import { startEmbedded } from "@till/embedded-postgres";
import { freePort } from "@till/embedded-postgres/free-port";
import { sandboxConfig, startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { join } from "node:path";
import type { LocalConfig } from "./config.ts";
import { localEncryptionKeys } from "./encryption-keys.ts";
import { writeEnvironment } from "./write-environment.ts";

/** The whole system in one process, on real ports. */
export type LocalSystem = {
  readonly orderAddress: string;
  readonly paymentAddress: string;
  readonly webhookAddress: string;
  readonly upstreamsAddress: string;
  /** Where HTTP clients call: Connect, gRPC-Web and REST. */
  readonly gatewayUrl: string;
  readonly tokenUrl: string;
  /** Whether its ports tell their schema. */
  readonly reflection: boolean;
  readonly dataDir: string;
  stop(): Promise<void>;
};

const host = "127.0.0.1";

/** Starts Postgres, the sandbox, both services and the gateway. `say` gets a line for each step. */
export async function startSystem(config: LocalConfig, say: (line: string) => void): Promise<LocalSystem> {
  await using starting = new AsyncDisposableStack();
  const { services } = config;
  // The services that start first need the addresses of the later ones.
  const paymentPort = config.paymentPort || (await freePort());
  const webhookPort = config.webhookPort || (await freePort());
  const webhookSecret = services["TILL_PSP_WEBHOOK_SECRET"] || randomHex(32);
  const sandboxSettings = sandboxConfig({
    ...services,
    TILL_HOST: host,
    TILL_SANDBOX_PORT: String(config.sandboxPort),
    TILL_SANDBOX_HTTP_PORT: String(config.sandboxHttpPort),
    TILL_PSP_WEBHOOK_URL: `http://${host}:${webhookPort}/webhooks/sandbox`,
    TILL_PSP_WEBHOOK_SECRET: webhookSecret,
  });
  const logOf = (service: string) => createLog({ service, level: config.logLevel });
  say("Postgres: starting the embedded server");
  const databases = ["till_order", "till_payment", "till_webhook"];
  const postgres = await startEmbedded({ dataDir: config.dataDir, port: 0, databases, log: say });
  starting.defer(postgres.stop);

  const bus = localBus({ log: logOf("bus"), groups: ["till-order", "till-payment", "till-webhook"] });
  starting.defer(() => bus.close());
  say("sandbox: users, courses, products, stock, tokens and a payment provider");
  const sandbox = await startSandbox({
    ...sandboxSettings,
    // The provider's ledger and the stock are stored beside the databases that depend on them.
    journal: join(postgres.dataDir, "sandbox-journal"),
    bus,
    log: logOf("sandbox"),
    metrics: createMetrics({ service: "sandbox" }),
  });
  starting.defer(() => sandbox.close());

  const upstreamsAddress = `${host}:${sandbox.grpcPort}`;
  const shared = {
    ...services,
    // Its gateway's.
    TILL_TRUSTED_PROXIES: host,
    TILL_HOST: host,
    TILL_JWKS_URL: sandbox.jwksUrl,
  };

  say("order service: schema, relay, consumers, gRPC");
  const order = await startOrderService({
    config: orderConfig({
      ...shared,
      DATABASE_URL: postgres.url("till_order"),
      TILL_PORT: String(config.orderPort),
      TILL_METRICS_PORT: String(config.orderMetricsPort),
      TILL_USERS_ADDRESS: upstreamsAddress,
      TILL_COURSES_ADDRESS: upstreamsAddress,
      TILL_PAYMENT_ADDRESS: `${host}:${paymentPort}`,
      TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f1`,
    }),
    bus,
    cacheStore: memoryStore(),
    log: logOf("order"),
    metrics: createMetrics({ service: "order" }),
  });
  starting.defer(() => order.stop());
  const orderAddress = `${host}:${order.port}`;

  const encryptionKeys = await localEncryptionKeys(postgres.dataDir, services["TILL_ENCRYPTION_KEYS"]);
  say("payment service: schema, relay, recovery, gRPC");
  const payment = await startPaymentService({
    config: paymentConfig({
      ...shared,
      DATABASE_URL: postgres.url("till_payment"),
      TILL_PORT: String(paymentPort),
      TILL_METRICS_PORT: String(config.paymentMetricsPort),
      TILL_ORDER_ADDRESS: orderAddress,
      TILL_PSP_URL: sandbox.pspUrl,
      TILL_WEBHOOK_PORT: String(webhookPort),
      TILL_PSP_WEBHOOK_SECRET: webhookSecret,
      TILL_ENCRYPTION_KEYS: encryptionKeys,
      TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f2`,
    }),
    bus,
    log: logOf("payment"),
    metrics: createMetrics({ service: "payment" }),
  });
  starting.defer(() => payment.stop());

  const paymentAddress = `${host}:${payment.port}`;
  say("webhook service: schema, sender, gRPC");
  const webhook = await startWebhookService({
    config: webhookConfig({
      // Receivers on this machine are what a laptop has.
      TILL_WEBHOOK_ALLOW_HTTP: "on",
      TILL_WEBHOOK_ALLOW_PRIVATE: "on",
      ...shared,
      DATABASE_URL: postgres.url("till_webhook"),
      TILL_PORT: String(config.webhookServicePort),
      TILL_METRICS_PORT: String(config.webhookServiceMetricsPort),
      TILL_ENCRYPTION_KEYS: encryptionKeys,
    }),
    bus,
    log: logOf("webhook"),
    metrics: createMetrics({ service: "webhook" }),
  });
  starting.defer(() => webhook.stop());
  const webhookAddress = `${host}:${webhook.port}`;

  say("gateway: Connect, gRPC-Web and REST over HTTP");
  const gatewaySettings = gatewayConfig({
    ...shared,
    TILL_TRUSTED_PROXIES: services["TILL_TRUSTED_PROXIES"],
    TILL_PORT: String(config.gatewayPort),
    TILL_METRICS_PORT: String(config.gatewayMetricsPort),
    TILL_ORDER_ADDRESS: orderAddress,
    TILL_PAYMENT_ADDRESS: paymentAddress,
    TILL_WEBHOOK_ADDRESS: webhookAddress,
    TILL_SANDBOX_TOKEN_URL: sandbox.tokenUrl,
  });
  const gateway = await startGateway({
    config: gatewaySettings,
    log: logOf("gateway"),
    metrics: createMetrics({ service: "gateway" }),
  });
  starting.defer(() => gateway.stop());

  const environment = {
    ORDER_DATABASE_URL: postgres.url("till_order"),
    PAYMENT_DATABASE_URL: postgres.url("till_payment"),
    WEBHOOK_DATABASE_URL: postgres.url("till_webhook"),
    TILL_ORDER_ADDRESS: orderAddress,
    TILL_PSP_URL: sandbox.pspUrl,
    TILL_ENCRYPTION_KEYS: encryptionKeys,
    TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f2`,
  };
  await writeEnvironment(postgres.dataDir, environment);

  const running = starting.move();
  return {
    orderAddress,
    paymentAddress,
    webhookAddress,
    upstreamsAddress,
    gatewayUrl: `${gatewaySettings.tls ? "https" : "http"}://${host}:${gateway.port}`,
    tokenUrl: sandbox.tokenUrl,
    reflection: sandboxSettings.reflection,
    dataDir: postgres.dataDir,
    stop: () => running.disposeAsync(),
  };
}
