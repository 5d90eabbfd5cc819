import { cpus, totalmem } from "node:os";
import { sumOf } from "./counters.ts";
import { cpuMsEach, isDisturbed, type CoresUsed } from "./cpu.ts";
import type { CreateFigures, ServiceRun } from "./create-part.ts";
import type { EventFigures } from "./events-part.ts";
import type { FloorRun } from "./floor-part.ts";
import type { GatewayFigures } from "./gateway-part.ts";
import type { IdleRun } from "./idle-part.ts";
import type { LifeFigures } from "./life-part.ts";
import type { ListFigures } from "./list-part.ts";
import type { MemoryFigures } from "./memory-part.ts";
import type { PayFigures } from "./pay-part.ts";
import { pgbenchVersion } from "./pgbench.ts";
import type { Profiles } from "./profiles.ts";

export type Figures = {
  readonly create?: CreateFigures;
  readonly events?: EventFigures;
  readonly life?: LifeFigures;
  readonly pay?: PayFigures;
  readonly list?: ListFigures;
  readonly gateway?: GatewayFigures;
  readonly idle?: readonly IdleRun[];
  readonly floor?: readonly FloorRun[];
  readonly memory?: MemoryFigures;
  /** Of a run whose processes wrote profiles, which slows them down. */
  readonly profiles?: Profiles;
};

/** What bench.json holds: the figures by name, and what they were measured on. */
export async function toReport(figures: Figures, postgres: string) {
  const { create, events, life, pay, list, gateway, idle, floor, memory, profiles } = figures;
  const [processor] = cpus();
  const runs = [
    ...Object.values(create ?? {}).flat(),
    ...(events ? [events] : []),
    ...(life ? [...life.runs, ...life.pgbenchPlain] : []),
    ...(pay ? [pay.overhead, pay.inFlight256] : []),
    ...(gateway?.runs ?? []),
    ...(floor ?? []),
  ];
  const at = new Date().toISOString();
  return {
    ...(create && {
      createOrder: { inFlight64: summary(create.inFlight64), inFlight256: summary(create.inFlight256) },
      typeormSave: summary(create.typeormSave),
      ...(create.pgbenchPlain.length > 0 && { pgbenchPlain: pgbenchSummary(create.pgbenchPlain) }),
      ratios: ratiosOf(create),
      memory: { idleMb: create.inFlight64[0]?.idleMb, loadedMb: create.inFlight64[0]?.loadedMb },
    }),
    ...(events && { eventDelivery: withCpu(events) }),
    ...(life && { wholeLife: lifeSummary(life) }),
    ...(pay && {
      processPayment: { ...pay, overhead: withCpu(pay.overhead), inFlight256: withCpu(pay.inFlight256) },
    }),
    ...(list && {
      listOrders: {
        ...list,
        lists: list.lists.map((run) => ({ ...run, cpuMsEach: cpuMsEach(run.cores, run.pagesASecond) })),
      },
    }),
    ...(gateway && { gateway: { ...gateway, runs: gateway.runs.map(withCpu) } }),
    ...(idle && { idle }),
    ...(floor && { floor: floor.map(withCpu) }),
    ...(memory && { memoryUnderLoad: memory }),
    ...(profiles && { profiles }),
    machine: {
      cores: cpus().length,
      processor: processor?.model,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
      postgres,
      pgbench: await pgbenchVersion(),
    },
    load: "a Node process of its own with hand-written HTTP/2 frames, 4 connections (test/bench/load)",
    /** Something else took more than 0.15 cores while a figure was measured. */
    disturbed: runs.some((run) => isDisturbed(run.cores)),
    /** Loads whose rate was not steady when their warm-up had to end. */
    unsteady: runs.filter((run) => "isSteady" in run && !run.isSteady).length,
    at,
    /** When each part was measured. */
    measuredAt: Object.fromEntries(Object.keys(figures).map((part) => [part, at])),
  };
}

export type Report = Awaited<ReturnType<typeof toReport>>;

/** Rates are the mean of the runs; times are those of the worst. */
function summary(runs: readonly ServiceRun[]) {
  const worst = (read: (run: ServiceRun) => number) => hundredths(Math.max(...runs.map(read)));
  return {
    perSecond: meanRate(runs),
    p50Ms: worst(({ p50Ms }) => p50Ms),
    p95Ms: worst(({ p95Ms }) => p95Ms),
    p99Ms: worst(({ p99Ms }) => p99Ms),
    maxMs: worst(({ maxMs }) => maxMs),
    runs: runs.map(({ perSecond, cores, cpuMicrosPerCall, idleMb, loadedMb, warmUpMs, isSteady, ...run }) => {
      const { statements } = run.window.sent.service;
      return {
        ...withCpu({ perSecond, cores }),
        loadCpuMicrosPerCall: cpuMicrosPerCall,
        ordersABatch: hundredths(run.calls / (statements["insert_orders"] ?? NaN)),
        statementsEach: hundredths(sumOf(statements) / run.calls),
        ...{ idleMb, loadedMb, warmUpMs, isSteady },
      };
    }),
  };
}

/** A rate with the processor time of each operation. */
function withCpu<Run extends { readonly cores: CoresUsed | undefined; readonly perSecond: number }>(
  run: Run,
) {
  return { ...run, cpuMsEach: cpuMsEach(run.cores, run.perSecond) };
}

/** The lives, each rate as a ratio to pgbench's, too; that of 64 at once on top. */
function lifeSummary({ runs: lives, pgbenchPlain }: LifeFigures) {
  const pgbench = pgbenchPlain.length > 0 ? pgbenchSummary(pgbenchPlain) : undefined;
  const runs = lives.map((run) => ({
    ...withCpu(run),
    toPgbench: pgbench && hundredths(run.perSecond / pgbench.perSecond),
  }));
  return { ...runs.find(({ atOnce }) => atOnce === 64), runs, pgbenchPlain: pgbench };
}

function pgbenchSummary(runs: LifeFigures["pgbenchPlain"]) {
  return { perSecond: meanRate(runs), runs: runs.map(withCpu) };
}

function ratiosOf({ inFlight64, inFlight256, pgbenchPlain, typeormSave }: CreateFigures) {
  const own = meanRate(inFlight64);
  return {
    ...(pgbenchPlain.length > 0 && {
      toPgbench: hundredths(own / meanRate(pgbenchPlain)),
      toPgbenchAt256: hundredths(meanRate(inFlight256) / meanRate(pgbenchPlain)),
    }),
    toTypeorm: hundredths(own / meanRate(typeormSave)),
  };
}

function meanRate(runs: readonly { readonly perSecond: number }[]): number {
  return hundredths(runs.reduce((sum, { perSecond }) => sum + perSecond, 0) / runs.length);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
