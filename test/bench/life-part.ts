import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { startChild } from "./child.ts";
import { sumOf } from "./counters.ts";
import { watchCpu, type CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { LifeOrder, LifeResult } from "./life/main.ts";
import { orderOnKafka, paymentService, startService, type Service } from "./services.ts";

export type LifeRun = LifeResult & {
  readonly atOnce: number;
  readonly cores: CoresUsed | undefined;
  /** Of both services. */
  readonly statementsALife: number;
};

type LifeMessage = { readonly window?: "begins" | "ends"; readonly result?: LifeResult };

/** One order at a time, and so many at once. */
const loads = [1, 32, 64, 256];

/** Whole lives a second on Kafka: CreateOrder, ProcessPayment, order.confirmed committed by its consumer. */
export async function measureLife(bench: Bench): Promise<LifeRun[] | undefined> {
  const { server, sandbox, log } = bench;
  if (!existsSync(join(import.meta.dirname, "../../services/payment/src/start.ts"))) {
    log("there is no payment service yet, so whole lives are left out");
    return undefined;
  }
  await using kafka = await openKafka(log);
  const env = { KAFKA_BROKERS: kafka.brokers };
  const databases = ["till_bench_order", "till_bench_payment", "till_bench_consumer"] as const;
  const [orderUrl, paymentUrl, consumerUrl] = await Promise.all(
    databases.map((name) => server.createDatabase(name)),
  );
  const order = await startService({
    name: "order-on-kafka",
    script: orderOnKafka,
    databaseUrl: orderUrl!,
    sandbox,
    env,
  });
  const payment = await startService({
    name: "payment-on-kafka",
    script: paymentService,
    databaseUrl: paymentUrl!,
    sandbox,
    env: { ...env, TILL_ORDER_ADDRESS: `127.0.0.1:${order.port}`, TILL_PSP_URL: `${sandbox.httpUrl}/psp/v1` },
  });
  await server.checkpoint();
  const processes = { order: order.child.pid, payment: payment.child.pid, ...kafka.processes };
  const services: Services = { order, payment, processes, brokers: kafka.brokers, consumerUrl: consumerUrl! };
  const runs: LifeRun[] = [];
  for (const atOnce of loads) runs.push(await liveAtOnce(bench, services, atOnce));
  const confirmed = runs.reduce((sum, run) => sum + run.paid, 0);
  const paid = await countRows(orderUrl!, "orders WHERE status = 'PAID'");
  bench.require(paid === confirmed, `${confirmed} orders were confirmed, yet ${paid} are PAID`);
  for (const one of [payment.child, order.child]) await one.stop();
  for (const name of databases) await server.dropDatabase(name);
  return runs;
}

type Services = {
  readonly order: Service;
  readonly payment: Service;
  readonly processes: Readonly<Record<string, number>>;
  readonly brokers: string;
  readonly consumerUrl: string;
};

async function liveAtOnce(bench: Bench, services: Services, atOnce: number): Promise<LifeRun> {
  const { server, sandbox, times } = bench;
  const { order, payment, brokers, consumerUrl } = services;
  const life: LifeOrder = {
    orderPort: order.port,
    paymentPort: payment.port,
    token: await sandbox.token(),
    brokers,
    databaseUrl: consumerUrl,
    atOnce,
    ...times,
  };
  const child = startChild({ name: "life", script: "test/bench/life/main.ts", args: [JSON.stringify(life)] });
  const processes = { life: child.pid, sandbox: sandbox.child.pid, ...services.processes };
  const statements = async () =>
    sumOf((await order.sent()).statements) + sumOf((await payment.sent()).statements);
  let stopWatching: (() => CoresUsed | undefined) | undefined;
  let cores: CoresUsed | undefined;
  let before = Promise.resolve(0);
  let after = Promise.resolve(0);
  const answer = new Promise<LifeResult>((resolve) => {
    child.process.on("message", ({ window, result }: LifeMessage) => {
      if (window === "begins") {
        before = statements();
        stopWatching = watchCpu({ processes, postmaster: server.postmaster });
      }
      if (window === "ends") {
        cores = stopWatching?.();
        after = statements();
      }
      if (result) resolve(result);
    });
  });
  const result = await Promise.race([answer, child.failed, order.child.failed, payment.child.failed]);
  await child.stop();
  const statementsALife = Math.round((10 * ((await after) - (await before))) / result.lives) / 10;
  const name = atOnce === 1 ? "whole lives, one at a time" : `whole lives, ${atOnce} at once`;
  bench.report(`${name}, ${statementsALife} statements each`, result, cores);
  return { ...result, atOnce, cores, statementsALife };
}
