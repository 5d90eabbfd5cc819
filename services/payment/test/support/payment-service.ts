import { memoryStore } from "@till/cache";
import { localBus, type EventRecord } from "@till/events/bus";
import { eventFromRecord, type IncomingEvent } from "@till/events/consume";
import { toRecord } from "@till/events/outbox";
import { OrderStatus, type Order } from "@till/gen/till/order/v1/order_pb";
import type {
  AuthorizePaymentResponse,
  ProcessPaymentResponse,
} from "@till/gen/till/payment/v1/payment_service_pb";
import { orderConfig, orderMigrations, startOrderService } from "@till/order";
import type { Role } from "@till/rpc/server";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics, type Log } from "@till/telemetry";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { Client as Postgres } from "pg";
import { newId } from "@till/ids";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import { eventBody } from "../../../../test/support/event-body.ts";
import { eventually } from "../../../../test/support/eventually.ts";
import { ada, course, type eur, newUser, paymentService, shop } from "../../../../test/support/fixtures.ts";
import { byToken, price } from "./fixtures.ts";
import { openClients, type Clients } from "./open-clients.ts";
import { startPspProxy, type PspProxy } from "./psp-proxy.ts";
import { paymentConfig, paymentMigrations, startPaymentService } from "../../src/start.ts";

export type LedgerEntry = {
  type: string;
  amount: number;
  currency: string;
  payment_id: string;
  idempotency_key: string;
};
type PayOptions = {
  readonly key?: string;
  readonly user?: string;
  readonly role?: Role;
  readonly amount?: ReturnType<typeof eur>;
  readonly replica?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** Both services, each on a database of its own, with the sandbox as their upstreams and provider. */
export type PaymentEnvironment = Omit<Clients, "close"> & {
  /** In front of the sandbox's provider. */
  readonly psp: PspProxy;
  /** The payment service's settings, for a process of its own. */
  readonly env: Record<string, string>;
  readonly addresses: readonly string[];
  /** The webhook port of the first replica, where webhooks are configured. */
  readonly webhookPort: number | undefined;
  /** Places an order of one course, for a new user unless one is named. Returns its id. */
  placeOrder(user?: string): Promise<string>;
  /** The order's owner. */
  payerOf(orderId: string): string;
  /** ProcessPayment as the order's owner, unless `options` name another caller. */
  pay(orderId: string, token?: string, options?: PayOptions): Promise<ProcessPaymentResponse>;
  /** AuthorizePayment, likewise. */
  authorize(orderId: string, token?: string, options?: PayOptions): Promise<AuthorizePaymentResponse>;
  /** The row of the order's only payment. */
  storedPayment(orderId: string): Promise<Record<string, unknown> & { readonly id: string }>;
  /** The provider's ledger entries of an order. */
  ledger(orderId: string): Promise<LedgerEntry[]>;
  /** Waits until the order is in this status. */
  untilOrder(orderId: string, status: keyof typeof OrderStatus): Promise<Order>;
  /** The events that the payment service has published about an order. */
  events(orderId: string): IncomingEvent[];
  /** The same as records of the broker. */
  records(orderId: string): EventRecord[];
  /** Publishes an event as the order service would; resolves when the payment service has handled it. */
  publishOrderEvent(type: string, orderId: string, data: object, eventId?: string): Promise<void>;
  query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Stops every replica of the payment service, and nothing else. */
  stopPaymentService(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts it. `env` overrides the payment service's settings; `paymentLog` is what its log goes to. */
export async function startPaymentEnvironment({
  env = {},
  replicas = 1,
  paymentLog = createLog({ service: "test", level: "silent" }),
}: { env?: Record<string, string>; replicas?: number; paymentLog?: Log } = {}): Promise<PaymentEnvironment> {
  const host = "127.0.0.1";
  const log = createLog({ service: "test", level: "silent" });
  const metrics = () => createMetrics({ service: "test" });
  const [orderDatabase, paymentDatabase] = await Promise.all([
    migratedDatabase({ service: "order", migrations: orderMigrations }),
    migratedDatabase({ service: "payment", migrations: paymentMigrations }),
  ]);
  const sandbox = await startSandbox({ host, grpcPort: 0, httpPort: 0, log, metrics: metrics() });
  const psp = await startPspProxy(sandbox.pspUrl);
  const bus = localBus({ log, groups: ["till-order", "listener"] });
  const published: EventRecord[] = [];
  await bus.subscribe({
    group: "listener",
    topics: ["payment.events"],
    onBatch: (records) => Promise.resolve(void published.push(...records)),
  });

  const upstreams = `${host}:${sandbox.grpcPort}`;
  const shared = { TILL_PORT: "0", TILL_METRICS_PORT: "0", TILL_JWKS_URL: sandbox.jwksUrl };
  const serviceToken = (user: string) => `${sandbox.tokenUrl}?role=service&user=${user}`;
  const order = await startOrderService({
    config: orderConfig({
      ...shared,
      DATABASE_URL: orderDatabase.url,
      TILL_SERVICE_TOKEN_URL: serviceToken("018f0000-0000-7000-8000-0000000000f1"),
      TILL_USERS_ADDRESS: upstreams,
      TILL_COURSES_ADDRESS: upstreams,
    }),
    bus,
    cacheStore: memoryStore(),
    log,
    metrics: metrics(),
  });
  const paymentEnv = {
    ...shared,
    DATABASE_URL: paymentDatabase.url,
    TILL_SERVICE_TOKEN_URL: serviceToken(paymentService),
    TILL_ORDER_ADDRESS: `${host}:${order.port}`,
    TILL_PSP_URL: psp.url,
    TILL_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
    // So that a test may pay as often as it has to.
    TILL_MAX_ATTEMPTS_PER_USER_HOUR: "10000",
    TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "10000",
    ...env,
  };
  const config = paymentConfig(paymentEnv);
  const started = Array.from({ length: replicas }, () =>
    startPaymentService({ config, bus, log: paymentLog, metrics: metrics() }),
  );
  const services = await Promise.all(started);
  const postgres = new Postgres({ connectionString: paymentDatabase.url });
  await postgres.connect();

  const recordsOf = (orderId: string) => published.filter(({ key }) => key === orderId);

  const ports = { orderPort: order.port, paymentPorts: services.map(({ port }) => port) };
  const clients = openClients({ tokenUrl: sandbox.tokenUrl, ...ports });
  function chargeOf(orderId: string, token = "tok_approve", options: PayOptions) {
    const { key = newId(), user = environment.payerOf(orderId), role, amount = price, replica } = options;
    const { timeoutMs = 10_000, signal } = options;
    return {
      client: environment.payments(user, role, replica),
      request: { orderId, amount, method: byToken(token), idempotencyKey: key },
      callOptions: { timeoutMs, ...(signal && { signal }) },
    };
  }

  const payers = new Map<string, string>();
  const environment: PaymentEnvironment = {
    psp,
    env: paymentEnv,
    addresses: services.map(({ port }) => `${host}:${port}`),
    webhookPort: services[0]!.webhookPort,
    ...{ token: clients.token, orders: clients.orders, payments: clients.payments },
    async placeOrder(user = newUser()) {
      const items = [{ item: { case: "courseId" as const, value: course } }];
      const created = await environment.orders(user).createOrder({ items, idempotencyKey: newId() });
      payers.set(created.order!.id, user);
      return created.order!.id;
    },
    payerOf: (orderId) => payers.get(orderId) ?? ada,
    pay(orderId, token, options = {}) {
      const { client, request, callOptions } = chargeOf(orderId, token, options);
      return client.processPayment(request, callOptions);
    },
    authorize(orderId, token, options = {}) {
      const { client, request, callOptions } = chargeOf(orderId, token, options);
      return client.authorizePayment(request, callOptions);
    },
    async storedPayment(orderId) {
      const [row] = await environment.query(`SELECT * FROM payment WHERE order_id = $1`, [orderId]);
      return { ...row, id: String(row!.id) };
    },
    async ledger(orderId) {
      const response = await fetch(`${sandbox.ledgerUrl}?order_id=${orderId}`);
      return ((await response.json()) as { entries: LedgerEntry[] }).entries;
    },
    untilOrder(orderId, status) {
      return eventually(async () => {
        const { order: read } = await environment.orders(shop, "service").getOrder({ orderId });
        expect(OrderStatus[read!.status]).to.equal(status);
        return read!;
      });
    },
    events: (orderId) => recordsOf(orderId).map(eventFromRecord),
    records: recordsOf,
    publishOrderEvent(type, orderId, data, id = newId()) {
      const facts = { topic: "order.events", subject: orderId, dataVersion: 9, time: new Date() };
      const body = JSON.stringify(eventBody(type, { orderId, userId: ada, status: "cancelled", ...data }));
      return bus.publish([toRecord({ id, type, ...facts, data: body }, "till/order")]);
    },
    async query(sql, params) {
      const result = await postgres.query<Record<string, unknown>>(sql, params);
      return result.rows;
    },
    stopPaymentService: async () => void (await Promise.all(services.map((service) => service.stop()))),
    async stop() {
      clients.close();
      await environment.stopPaymentService();
      await order.stop();
      await bus.close();
      await psp.close();
      await sandbox.close();
      await postgres.end();
      await Promise.all([orderDatabase.drop(), paymentDatabase.drop()]);
    },
  };
  return environment;
}
