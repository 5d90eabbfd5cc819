import type { DescService } from "@bufbuild/protobuf";
import { createClient, type Client } from "@connectrpc/connect";
import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { eventFromRecord, type IncomingEvent } from "@till/events/consume";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId, randomHex } from "@till/ids";
import { orderConfig, orderMigrations, startOrderService } from "@till/order";
import { paymentConfig, paymentMigrations, startPaymentService } from "@till/payment";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { randomBytes } from "node:crypto";
import type { Parties } from "./agreement.ts";
import { getText } from "./get-text.ts";
import type { LedgerEntry } from "./cluster.ts";
import { testDatabase } from "./database.ts";
import { migratedDatabase } from "./migrated-database.ts";
import { freePort } from "@till/embedded-postgres/free-port";

/** Orders, payments and a provider that tells them of what happens, in this process and on real Postgres. */
export type PaymentSystem = Awaited<ReturnType<typeof startPaymentSystem>>;

type Options = {
  /** The payment service's settings, over those that suit a test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** Another Postgres server than the tests'. */
  readonly postgresUrl?: string;
  /** Opens a relay for the provider's webhooks and returns its address; the argument is the endpoint they are for. */
  readonly webhooksVia?: (endpoint: string) => Promise<string>;
};

const host = "127.0.0.1";
const service = "018f0000-0000-7000-8000-0000000000f9";

/** Starts it all. Fails where the tests' Postgres is missing. */
export async function startPaymentSystem(options: Options = {}) {
  const {
    env = {},
    replicas = 1,
    postgresUrl,
    webhooksVia = (endpoint) => Promise.resolve(endpoint),
  } = options;
  await using starting = new AsyncDisposableStack();
  const quiet = { log: createLog({ service: "test", level: "silent" }) };
  const engines = () => ({ ...quiet, metrics: createMetrics({ service: "test" }) });
  const [orderDatabase, paymentDatabase] = await Promise.all(
    postgresUrl === undefined
      ? [
          migratedDatabase({ service: "order", migrations: orderMigrations }),
          migratedDatabase({ service: "payment", migrations: paymentMigrations }),
        ]
      : [testDatabase(postgresUrl), testDatabase(postgresUrl)],
  );
  starting.defer(() => Promise.all([orderDatabase.drop(), paymentDatabase.drop()]).then(() => undefined));

  const bus = localBus({ ...quiet, groups: ["till-order", "till-payment", "listener"] });
  starting.defer(() => bus.close());
  // By id: an event whose row the relay could not delete is published again, and is no second event.
  const received = new Map<string, IncomingEvent>();
  await bus.subscribe({
    group: "listener",
    topics: ["order.events", "payment.events"],
    onBatch(records) {
      for (const event of records.map(eventFromRecord)) received.set(event.id, event);
      return Promise.resolve();
    },
  });

  const [webhookPort, secret] = [await freePort(), randomHex(32)];
  const url = await webhooksVia(`http://${host}:${webhookPort}/webhooks/sandbox`);
  const sandbox = await startSandbox({
    ...{ host, grpcPort: 0, httpPort: 0, load: true, webhook: { url, secret } },
    ...engines(),
  });
  starting.defer(() => sandbox.close());
  const ports = await Promise.all(Array.from({ length: replicas }, freePort));
  const paymentAddress = ports.map((port) => `${host}:${port}`).join(",");
  const shared = { TILL_PORT: "0", TILL_METRICS_PORT: "0", TILL_JWKS_URL: sandbox.jwksUrl };
  const tokenOf = (name: string) =>
    `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000${name}`;
  const order = await startOrderService({
    config: orderConfig({
      ...shared,
      DATABASE_URL: orderDatabase.url,
      TILL_SERVICE_TOKEN_URL: tokenOf("f1"),
      TILL_USERS_ADDRESS: `${host}:${sandbox.grpcPort}`,
      TILL_COURSES_ADDRESS: `${host}:${sandbox.grpcPort}`,
      TILL_PAYMENT_ADDRESS: paymentAddress,
      TILL_RECOVERY_MS: "200",
      TILL_REFUND_RETRY_SECONDS: "1",
    }),
    ...{ bus, cacheStore: memoryStore() },
    ...engines(),
  });
  starting.defer(() => order.stop());
  const paymentEnv = {
    ...shared,
    DATABASE_URL: paymentDatabase.url,
    TILL_SERVICE_TOKEN_URL: tokenOf("f2"),
    TILL_ORDER_ADDRESS: `${host}:${order.port}`,
    TILL_PSP_URL: sandbox.pspUrl,
    TILL_PSP_WEBHOOK_SECRET: secret,
    TILL_PSP_CIRCUIT_FAILURES: "1000",
    TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
    TILL_MAX_ATTEMPTS_PER_USER_HOUR: "10000",
    TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "10000",
    ...env,
  };
  for (const [replica, port] of ports.entries()) {
    const own = { TILL_PORT: `${port}`, TILL_WEBHOOK_PORT: replica === 0 ? `${webhookPort}` : "0" };
    const config = paymentConfig({ ...paymentEnv, ...own });
    const payments = await startPaymentService({ config, bus, ...engines() });
    starting.defer(() => payments.stop());
  }

  const transports: GrpcTransport[] = [];
  starting.defer(() => transports.forEach((transport) => transport.close()));
  const token = (user: string, role: Role = "user") =>
    getText(`${sandbox.tokenUrl}?user=${user}&role=${role}&ttl=3600`);

  function clientOf<S extends DescService>(desc: S, address: string) {
    const clients = new Map<string, Client<S>>();
    return (user = service, role: Role = "service"): Client<S> => {
      const name = `${user} ${role}`;
      const known = clients.get(name);
      if (known) return known;
      const bearer = token(user, role);
      const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 30_000, retries: false });
      transports.push(transport);
      const client = createClient(desc, transport);
      clients.set(name, client);
      return client;
    };
  }
  const clients = {
    ordersAs: clientOf(OrderService, `${host}:${order.port}`),
    /** Clients that spread their calls over the replicas. */
    paymentsAs: clientOf(PaymentService, paymentAddress),
  };

  const running = starting.move();
  async function provider<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${sandbox.url}${path}`, init);
    if (!response.ok) throw new Error(`${path} is answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }
  return {
    ...clients,
    orderAddress: `${host}:${order.port}`,
    paymentAddress,
    jwksUrl: sandbox.jwksUrl,
    /** A bearer token of any caller, valid for an hour. */
    token,
    tokenUrl: sandbox.tokenUrl,
    /** The parties that have to agree on an order's money. */
    parties: (): Parties => ({
      orders: clients.ordersAs(service, "admin"),
      payments: clients.paymentsAs(),
      ledger: async (orderId) =>
        (await provider<{ entries: LedgerEntry[] }>(`/psp/ledger?order_id=${orderId}`)).entries,
    }),
    /** Requests a path of the provider, such as /psp/ledger. */
    provider,
    /** The events of both services about an order. */
    events: (orderId: string) => [...received.values()].filter(({ subject }) => subject === orderId),
    orderDatabaseUrl: orderDatabase.url,
    /** The bus of both services' events, for what no service would publish. */
    bus,
    newKey: newId,
    stop: () => running.disposeAsync(),
  };
}
