import type { Bench } from "./bench.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { LifeOrder, LifeResult } from "./life/main.ts";
import { runLoad, type MeasuredWindow } from "./run-load.ts";
import { orderOnKafka, paymentService, startService, type Service } from "./services.ts";

type ServiceName = "order" | "payment";

/** How many lives are under way, and for how long. */
type LifeLoad = Pick<LifeOrder, "atOnce" | "warmUpMs" | "measuredMs">;

/** Both services on Kafka, and a client that lives orders' lives on them. */
export type LifeSystem = AsyncDisposable & {
  readonly services: Readonly<Record<ServiceName, Service>>;
  live(load: LifeLoad): Promise<{
    readonly result: LifeResult;
    readonly window: MeasuredWindow<ServiceName>;
  }>;
  /** Compares how many orders the client saw confirmed with those that are PAID. */
  check(confirmed: number): Promise<void>;
};

/** Starts the system for a part of the bench. */
export async function startLifeSystem(bench: Bench, part: string): Promise<LifeSystem> {
  const { server, sandbox, log } = bench;
  const kafka = await openKafka(log);
  const { brokers, processes } = kafka;
  const profileFolder = bench.profileFolder(part);
  const shared = {
    ...{ sandbox, profileFolder },
    env: { KAFKA_BROKERS: brokers } as Readonly<Record<string, string>>,
  };
  const databases = ["till_bench_order", "till_bench_payment", "till_bench_consumer"] as const;
  const [orderUrl, paymentUrl, consumerUrl] = await Promise.all(
    databases.map((name) => server.createDatabase(name)),
  );
  const order = await startService({
    ...{ ...shared, name: "order", script: orderOnKafka, databaseUrl: orderUrl! },
  });
  const payment = await startService({
    ...{ ...shared, name: "payment", script: paymentService, databaseUrl: paymentUrl! },
    env: {
      ...shared.env,
      TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`,
      TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1`,
    },
  });
  await server.checkpoint();
  const services = { order, payment };
  return {
    services,
    async live(load) {
      const life: LifeOrder = {
        orderPort: order.port,
        paymentPort: payment.port,
        token: await sandbox.token(),
        brokers,
        databaseUrl: consumerUrl!,
        ...load,
      };
      return runLoad<LifeResult, ServiceName>({
        ...{ name: "client", script: "test/bench/life/main.ts", argument: life },
        ...{ profileFolder, services, sandbox, processes },
        postmaster: server.postmaster,
      });
    },
    async check(confirmed) {
      const paid = await countRows(orderUrl!, "orders WHERE status = 'PAID'");
      bench.require(paid === confirmed, `${confirmed} orders were confirmed, yet ${paid} are PAID`);
    },
    async [Symbol.asyncDispose]() {
      for (const one of [payment.child, order.child]) await one.stop();
      for (const name of databases) await server.dropDatabase(name);
      await kafka[Symbol.asyncDispose]();
    },
  };
}
