import { createClient, type Client } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
import { kafkaBus, type EventRecord } from "@till/events/bus";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { createLog } from "@till/telemetry";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Client as Postgres } from "pg";
import { startStack } from "../../deploy/local/src/stack.ts";
import { freePort } from "@till/embedded-postgres/free-port";
import { getText } from "./get-text.ts";
import { startService, type ServiceProcess } from "./service-process.ts";

/** The system as it runs in a cluster: a process a service, replicas, on real Postgres, Redis and Kafka. */
export type Cluster = Awaited<ReturnType<typeof startCluster>>;

type Options = {
  /** Settings of both services, over those that a cluster has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts a proxy between the payment service and its provider; returns its address. */
  readonly pspVia?: (url: string) => Promise<string>;
  /** How far the clock of each replica is ahead of this machine's. */
  readonly clockShiftsMs?: { readonly order: readonly number[]; readonly payment: readonly number[] };
  /** Puts a proxy between a replica and its Postgres; returns its address, as host:port. */
  readonly databaseVia?: (address: string) => Promise<string>;
  /** Whether there is a webhook service. */
  readonly withWebhooks?: boolean;
};

/**
 * Starts two order and two payment replicas and what they need; a start that fails stops what it has started. Takes
 * about ten seconds.
 */
export async function startCluster({
  env = {},
  pspVia = (url) => Promise.resolve(url),
  clockShiftsMs = { order: [], payment: [] },
  databaseVia = (address) => Promise.resolve(address),
  withWebhooks = false,
}: Options = {}) {
  await using starting = new AsyncDisposableStack();
  const stack = await startStack({ servers: ["postgres", "redis", "kafka"] });
  starting.defer(stack.stop);
  function start(...service: Parameters<typeof startService>): Promise<ServiceProcess> {
    const process = startService(...service);
    // One that does not start has ended by itself.
    starting.defer(() => process.then((started) => started.stop()).then(noop, noop));
    return process;
  }
  const log = createLog({ service: "test", level: "silent" });
  // Who starts first has to know where the later ones will be.
  const paymentPorts = [await freePort(), await freePort()];
  const webhookPorts = [await freePort(), await freePort()];
  const webhookSecret = randomBytes(32).toString("hex");
  const sandbox = await start(
    "sandbox",
    {
      KAFKA_BROKERS: stack.kafka.brokers,
      TILL_SANDBOX_LOAD: "on",
      TILL_PSP_WEBHOOK_URL: `http://127.0.0.1:${webhookPorts[0]}/webhooks/sandbox`,
      TILL_PSP_WEBHOOK_SECRET: webhookSecret,
    },
    { grpc: "TILL_SANDBOX_PORT", http: "TILL_SANDBOX_HTTP_PORT" },
  );
  const http = `http://127.0.0.1:${sandbox.ports.get("http")}`;
  const metricsPorts: number[] = [];
  async function metricsPort(): Promise<string> {
    const port = await freePort();
    metricsPorts.push(port);
    return `${port}`;
  }
  const shared = {
    REDIS_URL: `redis://127.0.0.1:${stack.redis.port}`,
    KAFKA_BROKERS: stack.kafka.brokers,
    TILL_JWKS_URL: `${http}/.well-known/jwks.json`,
    ...env,
  };
  const tokenFor = (service: string) =>
    `${http}/token?role=service&user=018f0000-0000-7000-8000-0000000000${service}`;
  async function databaseUrl(name: string): Promise<string> {
    const url = new URL(stack.postgres.url(name));
    url.host = await databaseVia(url.host);
    return url.href;
  }
  const orderReplica = async (replica: number) =>
    start("order", {
      TILL_METRICS_PORT: await metricsPort(),
      TILL_PAYMENT_ADDRESS: paymentPorts.map((port) => `127.0.0.1:${port}`).join(","),
      ...shared,
      ...clockShift(clockShiftsMs.order[replica]),
      DATABASE_URL: await databaseUrl("till_order"),
      TILL_USERS_ADDRESS: sandbox.address,
      TILL_COURSES_ADDRESS: sandbox.address,
      TILL_SERVICE_TOKEN_URL: tokenFor("f1"),
    });
  const orders = await Promise.all([orderReplica(0), orderReplica(1)]);
  const pspUrl = await pspVia(`${http}/psp/v1`);
  const encryptionKeys = `test:${randomBytes(32).toString("base64")}`;
  const paymentReplica = async (replica: number) =>
    start("payment", {
      TILL_METRICS_PORT: await metricsPort(),
      TILL_PORT: `${paymentPorts[replica]}`,
      TILL_WEBHOOK_PORT: `${webhookPorts[replica]}`,
      TILL_PSP_WEBHOOK_SECRET: webhookSecret,
      TILL_ENCRYPTION_KEYS: encryptionKeys,
      ...shared,
      ...clockShift(clockShiftsMs.payment[replica]),
      DATABASE_URL: await databaseUrl("till_payment"),
      TILL_ORDER_ADDRESS: orders.map(({ address }) => address).join(","),
      TILL_PSP_URL: pspUrl,
      TILL_SERVICE_TOKEN_URL: tokenFor("f2"),
    });
  const payments = await Promise.all([paymentReplica(0), paymentReplica(1)]);
  const webhooks = withWebhooks
    ? [
        await start("webhook", {
          TILL_METRICS_PORT: "0",
          TILL_ENCRYPTION_KEYS: encryptionKeys,
          ...shared,
          DATABASE_URL: stack.postgres.url("till_webhook"),
        }),
      ]
    : [];

  const transports: GrpcTransport[] = [];
  const running = starting.move();
  const token = (user: string, role: Role = "user") =>
    getText(`${http}/token?user=${user}&role=${role}&ttl=3600`);
  function clientOf<S extends DescService>(service: S, replicas: readonly ServiceProcess[]) {
    return (user: string, role: Role = "user"): Client<S> => {
      const bearer = token(user, role);
      const address = replicas.map((replica) => replica.address).join(",");
      const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 20_000 });
      transports.push(transport);
      return createClient(service, transport);
    };
  }

  return {
    stack,
    sandbox,
    orders,
    payments,
    webhooks,
    token,
    /** Where everybody gets a token. */
    tokenUrl: `${http}/token`,
    /** Where the payment replicas take the provider's webhooks, and where everybody tells Prometheus of itself. */
    webhookUrls: webhookPorts.map((port) => `http://127.0.0.1:${port}/webhooks/sandbox`),
    metricsUrls: metricsPorts.map((port) => `http://127.0.0.1:${port}/metrics`),
    /** Clients that spread their calls over the replicas. */
    ordersAs: clientOf(OrderService, orders),
    paymentsAs: clientOf(PaymentService, payments),
    /** A client of one replica. */
    orderReplicaAs: (replica: ServiceProcess, user: string, role?: Role) =>
      clientOf(OrderService, [replica])(user, role),
    /** The entries of the provider's ledger for an order. */
    async ledger(orderId: string): Promise<readonly LedgerEntry[]> {
      const text = await getText(`${http}/psp/ledger?order_id=${orderId}`);
      return (JSON.parse(text) as { entries: LedgerEntry[] }).entries;
    },
    /** What the inventory has of a product. */
    async stock(productId: string): Promise<readonly Stock[]> {
      const products = JSON.parse(await getText(`${http}/stock`)) as Stock[];
      return products.filter(({ product_id }) => product_id === productId);
    },
    async rows(
      database: "till_order" | "till_payment" | "till_webhook",
      sql: string,
      params: unknown[] = [],
    ) {
      const client = new Postgres({ connectionString: stack.postgres.url(database) });
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(sql, params).finally(() => client.end());
      return rows;
    },
    /** Every record of a topic, from its beginning, as it comes in. */
    async listen(topic: string, onRecord: (record: EventRecord) => void = () => undefined) {
      const bus = await kafkaBus({ brokers: [stack.kafka.brokers], clientId: "till-test", log });
      const records: EventRecord[] = [];
      const group = `test-${randomBytes(6).toString("hex")}`;
      await bus.subscribe({
        group,
        topics: [topic],
        onBatch(batch) {
          records.push(...batch);
          batch.forEach(onRecord);
          return Promise.resolve();
        },
      });
      return { records, close: () => bus.close() };
    },
    async stop() {
      transports.forEach((transport) => transport.close());
      await Promise.all([...webhooks, ...payments, ...orders].map((service) => service.stop()));
      await running.disposeAsync();
    },
  };
}

function clockShift(shiftMs = 0): Record<string, string> {
  if (shiftMs === 0) return {};
  const shiftedClock = join(import.meta.dirname, "shifted-clock.ts");
  return { NODE_OPTIONS: `--import=${shiftedClock}`, TILL_TEST_CLOCK_SHIFT_MS: `${shiftMs}` };
}

const noop = () => undefined;

export type LedgerEntry = {
  readonly type: string;
  readonly amount: number;
  readonly payment_id: string;
  readonly idempotency_key: string;
  /** Of money that moved without a request: a dispute, a dispute that was won, a refund that failed after its success. */
  readonly cause?: "dispute" | "dispute_won" | "refund_failed";
};

export type Stock = {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
};
