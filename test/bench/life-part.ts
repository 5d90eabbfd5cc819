import type { Bench } from "./bench.ts";
import { sumOf, type Counters } from "./counters.ts";
import type { CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { openKafka } from "./engines.ts";
import type { LifeOrder, LifeResult } from "./life/main.ts";
import { measurePgbench } from "./measure-pgbench.ts";
import { pgbenchVersion, type PgbenchRun } from "./pgbench.ts";
import { runLoad } from "./run-load.ts";
import { orderOnKafka, paymentService, startService, type Service } from "./services.ts";

export type LifeFigures = {
  readonly runs: readonly LifeRun[];
  /** Before and after the lives, without Kafka; none without pgbench. */
  readonly pgbenchPlain: readonly PgbenchRun[];
};

type LifeRun = LifeResult & {
  readonly atOnce: number;
  readonly cores: CoresUsed | undefined;
  /** Of both services. */
  readonly statementsALife: number;
  /** Of both services, without the client's consumer. */
  readonly kafkaRequestsALife: number;
  readonly ordersABatch: number;
  readonly paymentsABatch: number;
  readonly eventsAPublish: number;
  /** By service and name, a life. */
  readonly sentALife: Readonly<Record<"order" | "payment", Pick<Counters, "statements" | "kafkaRequests">>>;
};

/** One order at a time, and so many at once. */
const loads = [1, 32, 64, 256];

/**
 * Whole lives a second on Kafka: CreateOrder, ProcessPayment, order.confirmed committed by its consumer. Beside them
 * pgbench's plain transaction.
 */
export async function measureLife(bench: Bench): Promise<LifeFigures> {
  const hasPgbench = (await pgbenchVersion()) !== undefined;
  const pgbenchPlain = hasPgbench ? [await measurePgbench(bench)] : [];
  const runs = await measureLives(bench);
  if (hasPgbench) pgbenchPlain.push(await measurePgbench(bench));
  return { runs, pgbenchPlain };
}

async function measureLives(bench: Bench): Promise<LifeRun[]> {
  const { server, sandbox, log } = bench;
  await using kafka = await openKafka(log);
  const shared = {
    ...{ sandbox, profileFolder: bench.profileFolder("life") },
    env: { KAFKA_BROKERS: kafka.brokers } as Readonly<Record<string, string>>,
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
  const { brokers, processes } = kafka;
  const system: System = { services: { order, payment }, processes, brokers, consumerUrl: consumerUrl! };
  const runs: LifeRun[] = [];
  for (const atOnce of loads) runs.push(await liveAtOnce(bench, system, atOnce));
  const confirmed = runs.reduce((sum, run) => sum + run.paid, 0);
  const paid = await countRows(orderUrl!, "orders WHERE status = 'PAID'");
  bench.require(paid === confirmed, `${confirmed} orders were confirmed, yet ${paid} are PAID`);
  for (const one of [payment.child, order.child]) await one.stop();
  for (const name of databases) await server.dropDatabase(name);
  return runs;
}

type System = {
  readonly services: Readonly<Record<"order" | "payment", Service>>;
  /** Of the brokers. */
  readonly processes: Readonly<Record<string, number>>;
  readonly brokers: string;
  readonly consumerUrl: string;
};

async function liveAtOnce(bench: Bench, system: System, atOnce: number): Promise<LifeRun> {
  const { server, sandbox, times } = bench;
  const { services, brokers, consumerUrl, processes } = system;
  const life: LifeOrder = {
    orderPort: services.order.port,
    paymentPort: services.payment.port,
    token: await sandbox.token(),
    brokers,
    databaseUrl: consumerUrl,
    atOnce,
    ...times,
  };
  const { result, window } = await runLoad<LifeResult, "order" | "payment">({
    ...{ name: "client", script: "test/bench/life/main.ts", argument: life },
    ...{ profileFolder: bench.profileFolder("life"), services, sandbox, processes },
    postmaster: server.postmaster,
  });
  const run = { ...result, atOnce, cores: window.cores, ...costsOf(result.operations, window.sent) };
  const name = atOnce === 1 ? "whole lives, one at a time" : `whole lives, ${atOnce} at once`;
  bench.report(`${name}, ${run.statementsALife} statements each`, run, window.cores);
  return run;
}

function costsOf(lives: number, { order, payment }: Readonly<Record<"order" | "payment", Counters>>) {
  const both = [order, payment];
  const total = (read: (counters: Counters) => number) => both.reduce((sum, one) => sum + read(one), 0);
  const insertsOf = ({ statements }: Counters, table: string) =>
    sumOf(
      Object.fromEntries(Object.entries(statements).filter(([name]) => name.startsWith(`insert_${table}`))),
    );
  const aLife = ({ statements, kafkaRequests }: Counters) => ({
    statements: divided(statements, lives),
    kafkaRequests: divided(kafkaRequests, lives),
  });
  return {
    statementsALife: hundredths(total(({ statements }) => sumOf(statements)) / lives),
    kafkaRequestsALife: hundredths(total(({ kafkaRequests }) => sumOf(kafkaRequests)) / lives),
    ordersABatch: hundredths(lives / insertsOf(order, "orders")),
    paymentsABatch: hundredths(lives / insertsOf(payment, "payments")),
    eventsAPublish: hundredths(
      total(({ eventsPublished }) => eventsPublished) /
        total(({ kafkaRequests }) => kafkaRequests["Produce"] ?? 0),
    ),
    sentALife: { order: aLife(order), payment: aLife(payment) },
  };
}

function divided(counts: Readonly<Record<string, number>>, by: number): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, hundredths(count / by)]));
}

function hundredths(value: number): number {
  return Math.round(100 * value) / 100;
}
