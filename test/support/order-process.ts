import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { startSandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { newUser } from "./fixtures.ts";
import { startService, type ServiceProcess } from "./service-process.ts";

/** An order service in a process of its own, with the sandbox in this one, and a buyer's client without retries. */
export type OrderProcess = {
  readonly service: ServiceProcess;
  readonly transport: Transport;
  readonly orders: Client<typeof OrderService>;
  /** Starts another one on the same database, with these settings over the first one's. Its buyer is the same. */
  readonly replica: (env: Readonly<Record<string, string>>) => Promise<Omit<OrderProcess, "replica">>;
  /** Kills the process. */
  readonly stop: () => Promise<void>;
};

/** Starts it with these settings over its own; there is no Kafka unless they name one. */
export async function startOrderProcess(env: Readonly<Record<string, string>>): Promise<OrderProcess> {
  const log = createLog({ service: "test", level: "silent" });
  const metrics = createMetrics({ service: "test" });
  const sandbox = await startSandbox({
    ...{ host: "127.0.0.1", grpcPort: 0, httpPort: 0, load: true, log, metrics },
  });
  const upstreams = `127.0.0.1:${sandbox.grpcPort}`;
  const settings = {
    KAFKA_BROKERS: "127.0.0.1:1",
    TILL_METRICS_PORT: "0",
    TILL_JWKS_URL: sandbox.jwksUrl,
    TILL_SERVICE_TOKEN_URL: `${sandbox.tokenUrl}?role=service&user=018f0000-0000-7000-8000-0000000000f1`,
    TILL_USERS_ADDRESS: upstreams,
    TILL_COURSES_ADDRESS: upstreams,
    TILL_MAX_UNPAID_ORDERS: "1000",
    ...env,
  };
  const response = await fetch(`${sandbox.tokenUrl}?role=user&user=${newUser()}&ttl=3600`);
  const token = await response.text();
  async function start(env: Readonly<Record<string, string>>) {
    const service = await startService("order", { ...settings, ...env });
    const { address } = service;
    const transport = grpcTransport({ address, token: () => Promise.resolve(token), retries: false });
    return {
      service,
      transport,
      orders: createClient(OrderService, transport),
      async stop() {
        transport.close();
        await service.kill();
      },
    };
  }
  const first = await start({});
  return {
    ...first,
    replica: start,
    async stop() {
      await first.stop();
      await sandbox.close();
    },
  };
}
