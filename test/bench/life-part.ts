import type { Bench } from "./bench.ts";
import { sumOf, type Counters } from "./counters.ts";
import type { CoresUsed } from "./cpu.ts";
import type { LifeResult } from "./life/main.ts";
import { startLifeSystem, type LifeSystem } from "./life-system.ts";
import { measurePgbench } from "./measure-pgbench.ts";
import { pgbenchVersion, type PgbenchRun } from "./pgbench.ts";

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
  await using system = await startLifeSystem(bench, "life");
  const runs: LifeRun[] = [];
  for (const atOnce of loads) runs.push(await liveAtOnce(bench, system, atOnce));
  await system.check(runs.reduce((sum, run) => sum + run.paid, 0));
  return runs;
}

async function liveAtOnce(bench: Bench, system: LifeSystem, atOnce: number): Promise<LifeRun> {
  const { result, window } = await system.live({ atOnce, ...bench.times });
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
