import { cpus, totalmem } from "node:os";
import type { Measured } from "./bench.ts";
import { isDisturbed, type CoresUsed } from "./cpu.ts";
import type { CreateFigures, ServiceRun } from "./create-part.ts";
import type { EventFigures } from "./events-part.ts";
import type { GatewayFigures } from "./gateway-part.ts";
import { lineOfIdle, type IdleRun } from "./idle-part.ts";
import type { LifeRun } from "./life-part.ts";
import type { ListFigures } from "./list-part.ts";
import type { PayFigures } from "./pay-part.ts";
import { pgbenchVersion } from "./pgbench.ts";

export type Figures = {
  readonly create?: CreateFigures;
  readonly events?: EventFigures;
  readonly life?: readonly LifeRun[] | undefined;
  readonly pay?: PayFigures;
  readonly list?: ListFigures;
  readonly gateway?: GatewayFigures;
  readonly idle?: readonly IdleRun[];
};

/** What bench.json holds (design section 9): the figures by name, and what they were measured on. */
export async function toReport(figures: Figures, postgres: string) {
  const { create, events, life, pay, list, gateway, idle } = figures;
  const [processor] = cpus();
  const runs = [...Object.values(create ?? {}).flat(), events, ...(life ?? []), ...(gateway?.runs ?? [])];
  return {
    ...(create && {
      createOrder: { inFlight64: summary(create.inFlight64), inFlight256: summary(create.inFlight256) },
      typeormSave: summary(create.typeormSave),
      ...(create.pgbenchPlain.length > 0 && {
        pgbenchPlain: {
          perSecond: meanRate(create.pgbenchPlain),
          runs: create.pgbenchPlain.map(({ perSecond, cores }) => ({ perSecond: round(perSecond), cores })),
        },
      }),
      ratios: ratiosOf(create),
      memory: { idleMb: create.inFlight64[0]?.idleMb, loadedMb: create.inFlight64[0]?.loadedMb },
    }),
    ...(events && { eventDelivery: events }),
    ...(life && { wholeLife: { ...life.find(({ atOnce }) => atOnce === 64), runs: life.map(withCpu) } }),
    ...(pay && { processPayment: pay }),
    ...(list && { listOrders: list }),
    ...(gateway && { gateway }),
    ...(idle && { idle }),
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
    disturbed: runs.some((run) => isDisturbed(run?.cores)),
    at: new Date().toISOString(),
  };
}

export type Report = Awaited<ReturnType<typeof toReport>>;

/** The report as a table for people. */
export function tableOf(report: Report): string {
  const { createOrder, typeormSave, pgbenchPlain, ratios, memory, eventDelivery, wholeLife, machine } =
    report;
  const { processPayment, listOrders, gateway } = report;
  const rows: string[][] = [];
  const add = (name: string, perSecond: number, times?: Times, note = "") =>
    rows.push([name, `${Math.round(perSecond)}`, ...timesOf(times), note]);
  if (createOrder && typeormSave) {
    add("CreateOrder, 64 in flight", createOrder.inFlight64.perSecond, createOrder.inFlight64);
    add("CreateOrder, 256 in flight", createOrder.inFlight256.perSecond, createOrder.inFlight256);
    if (pgbenchPlain) {
      add(
        "pgbench, plain transaction",
        pgbenchPlain.perSecond,
        undefined,
        `CreateOrder is ${ratios?.toPgbench} times that`,
      );
    }
    add(
      "TypeORM save(), 64 in flight",
      typeormSave.perSecond,
      typeormSave,
      `CreateOrder is ${ratios?.toTypeorm} times that`,
    );
  }
  if (eventDelivery)
    add("commit to consumer's commit", eventDelivery.perSecond, eventDelivery, "Kafka, half of the peak");
  for (const run of wholeLife?.runs ?? []) {
    const costs = `${run.statementsALife} statements, ${run.cpuMsALife ?? "?"} ms of CPU a life`;
    add("create, pay, confirmed", run.perSecond, run, `Kafka, ${run.atOnce} at once; ${costs}`);
  }
  if (processPayment) {
    const { overhead, inFlight256, providerMs } = processPayment;
    const note = `the provider's ${providerMs} ms not counted`;
    add("ProcessPayment's own time, 8 in flight", overhead.perSecond, overhead, note);
    add(
      "ProcessPayment, 256 in flight",
      inFlight256.perSecond,
      inFlight256,
      `the provider takes ${providerMs} ms`,
    );
  }
  for (const { list, orders, first, deep } of listOrders?.lists ?? []) {
    const name = `ListOrders, ${list} ${orders.toLocaleString("en")}`;
    rows.push(
      [`${name}, first page`, "", ...timesOf(first), ""],
      [`${name}, deep page`, "", ...timesOf(deep), ""],
    );
  }
  for (const { rpc, protocol, perSecond, gatewayMicros, orderMicros } of gateway?.runs ?? []) {
    const own = protocol === "gRPC" ? "" : `the gateway ${Math.round(gatewayMicros)} and `;
    const ratio = protocol === "REST" ? `; REST is ${gateway!.ratios[rpc].toFixed(2)} gRPC calls` : "";
    const note = `${own}the order service ${Math.round(orderMicros)} µs of processor time a call${ratio}`;
    add(`${rpc} over ${protocol}`, perSecond, undefined, note);
  }
  const head = ["", "a second", "p50 ms", "p95 ms", "p99 ms", ""];
  const lines = aligned([head, ...rows]);
  if (memory?.idleMb) lines.push("", `order process: ${memory.idleMb} MB idle, ${memory.loadedMb} MB loaded`);
  lines.push(...(report.idle ?? []).map(lineOfIdle));
  lines.push(
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}, Postgres ${machine.postgres}`,
    `load: ${report.load}`,
  );
  if (report.disturbed)
    lines.push("Something else was busy on this machine meanwhile: measure again when it is quiet.");
  return lines.join("\n");
}

/** One line about a load that has just been measured. */
export function lineOf(name: string, measured: Measured, cores: CoresUsed | undefined): string {
  const { perSecond, p50Ms, p95Ms, p99Ms } = measured;
  const parts = [`${name}: ${Math.round(perSecond)}/s`];
  if (p50Ms && p95Ms && p99Ms) parts.push(`p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, p99 ${ms(p99Ms)} ms`);
  const used = Object.entries(cores ?? {}).map(([who, share]) => `${who} ${share.toFixed(2)}`);
  if (used.length > 0) parts.push(`cores: ${used.join(", ")}`);
  return parts.join("; ");
}

/** Rates are the mean of the runs; times are those of the worst. */
function summary(runs: readonly ServiceRun[]) {
  const worst = (read: (run: ServiceRun) => number) => round(Math.max(...runs.map(read)));
  return {
    perSecond: meanRate(runs),
    p50Ms: worst(({ p50Ms }) => p50Ms),
    p95Ms: worst(({ p95Ms }) => p95Ms),
    p99Ms: worst(({ p99Ms }) => p99Ms),
    maxMs: worst(({ maxMs }) => maxMs),
    runs: runs.map(({ perSecond, cores, cpuMicrosPerCall, idleMb, loadedMb }) => {
      return {
        perSecond: round(perSecond),
        cores,
        loadCpuMicrosPerCall: round(cpuMicrosPerCall),
        idleMb,
        loadedMb,
      };
    }),
  };
}

/** A life's processor time in all processes, those of the load and of the brokers included. */
function withCpu(run: LifeRun) {
  const named = Object.entries(run.cores ?? {}).filter(([name]) => name !== "other" && name !== "idle");
  const used = named.reduce((sum, [, cores]) => sum + cores, 0);
  return { ...run, cpuMsALife: run.cores && round((1000 * used) / run.perSecond) };
}

function ratiosOf({ inFlight64, pgbenchPlain, typeormSave }: CreateFigures) {
  const own = meanRate(inFlight64);
  return {
    ...(pgbenchPlain.length > 0 && { toPgbench: round(own / meanRate(pgbenchPlain)) }),
    toTypeorm: round(own / meanRate(typeormSave)),
  };
}

type Times = { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };

function timesOf(times: Times | undefined): string[] {
  return times ? [ms(times.p50Ms), ms(times.p95Ms), ms(times.p99Ms)] : ["", "", ""];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) => {
    const isText = column === 0 || column === widths.length - 1;
    return isText ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  };
  return rows.map((row) => row.map(cell).join("  ").trimEnd());
}

function meanRate(runs: readonly { readonly perSecond: number }[]): number {
  return round(runs.reduce((sum, { perSecond }) => sum + perSecond, 0) / runs.length);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function ms(value: number): string {
  return value.toFixed(1);
}
