import { type Client, createClient } from "@connectrpc/connect";
import { memoryStore } from "@till/cache";
import { type Bus, localBus } from "@till/events/bus";
import { toRecord } from "@till/events/outbox";
import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { createLog, createMetrics, type Log, type Metrics } from "@till/telemetry";
import { Client as Postgres } from "pg";
import { v7 } from "uuid";
import { eventBody } from "../../../../test/support/event-body.ts";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/src/sandbox.ts";
import { orderConfig, orderMigrations, startOrderService } from "../../src/start.ts";

/** Every command on an order: OrderService, with BeginPayment of OrderInternalService. */
export type OrderClient = Client<typeof OrderService> &
  Pick<Client<typeof OrderInternalService>, "beginPayment">;

/** The order service on a database of its own, with the sandbox as its upstreams. */
export type OrderEnvironment = {
  readonly address: string;
  readonly databaseUrl: string;
  /** The events of both services. */
  readonly bus: Bus;
  readonly sandbox: Sandbox;
  readonly metrics: Metrics;
  /** The order service's settings, for a process of its own. */
  readonly env: Record<string, string>;
  as(user: string, role?: Role): OrderClient;
  sessionsAs(user: string, role?: Role): Client<typeof SessionService>;
  opsAs(role: Role): Client<typeof OpsService>;
  token(query: string): Promise<string>;
  /** Publishes an event as the payment service would. */
  publish(type: string, orderId: string, data: object, id?: string): Promise<void>;
  /** Runs a statement on the service's database. */
  query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  /** The numbers of orders and idempotency keys, as text to compare. */
  countWritten(): Promise<string>;
  stop(): Promise<void>;
};

/** Starts it. `env` overrides the order service's settings, `now` its clock, `log` its log. */
export async function startOrderEnvironment({
  env = {},
  now,
  log = createLog({ service: "order", level: "silent" }),
}: { env?: Record<string, string>; now?: () => Date; log?: Log } = {}): Promise<OrderEnvironment> {
  const database = await migratedDatabase({ service: "order", migrations: orderMigrations });
  const bus: Bus = localBus({ log });
  const sandbox = await startSandbox({
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    load: true,
    bus,
    log,
    metrics: createMetrics({ service: "sandbox" }),
  });
  const settings = {
    DATABASE_URL: database.url,
    TILL_PORT: "0",
    TILL_METRICS_PORT: "0",
    TILL_JWKS_URL: sandbox.jwksUrl,
    TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f1`,
    TILL_USERS_ADDRESS: `127.0.0.1:${sandbox.grpcPort}`,
    TILL_COURSES_ADDRESS: `127.0.0.1:${sandbox.grpcPort}`,
    ...env,
  };
  const metrics = createMetrics({ service: "order" });
  const service = await startOrderService({
    config: orderConfig(settings),
    bus,
    cacheStore: memoryStore(),
    log,
    metrics,
    ...(now && { now }),
  });
  const address = `127.0.0.1:${service.port}`;
  const postgres = new Postgres({ connectionString: database.url });
  await postgres.connect();
  const transports: GrpcTransport[] = [];

  async function query(sql: string, params?: unknown[]) {
    const result = await postgres.query<Record<string, unknown>>(sql, params);
    return result.rows;
  }

  async function token(query: string): Promise<string> {
    const response = await fetch(`${sandbox.tokenUrl}?${query}`);
    return response.text();
  }

  function transportFor(user: string, role: Role = "user"): GrpcTransport {
    const transport = grpcTransport({ address, token: () => token(`user=${user}&role=${role}`) });
    transports.push(transport);
    return transport;
  }

  return {
    address,
    databaseUrl: database.url,
    bus,
    sandbox,
    env: settings,
    metrics,
    token,
    as: (user, role) => orderClient(transportFor(user, role)),
    sessionsAs: (user, role) => createClient(SessionService, transportFor(user, role)),
    opsAs: (role) => createClient(OpsService, transportFor("operator", role)),
    publish(type, orderId, data, id = v7()) {
      const event = {
        id,
        type,
        topic: "payment.events",
        subject: orderId,
        dataVersion: 1,
        time: new Date(),
        data: JSON.stringify(eventBody(type, data)),
      };
      return bus.publish([toRecord(event, "till/payment")]);
    },
    query,
    async countWritten() {
      const sql =
        "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM idempotency_key) AS keys";
      return JSON.stringify(await query(sql));
    },
    async stop() {
      transports.forEach((transport) => transport.close());
      await service.stop();
      await bus.close();
      await sandbox.close();
      await postgres.end();
      await database.drop();
    },
  };
}

function orderClient(transport: GrpcTransport): OrderClient {
  const { beginPayment } = createClient(OrderInternalService, transport);
  return { ...createClient(OrderService, transport), beginPayment };
}
