import type { Measured } from "./bench.ts";
import type { CoresUsed } from "./cpu.ts";
import { lineOfIdle } from "./idle-part.ts";
import type { Report } from "./report.ts";

/** The report as a table for people. */
export function tableOf(report: Report): string {
  const { createOrder, typeormSave, pgbenchPlain, ratios, memory, eventDelivery, wholeLife, machine } =
    report;
  const { processPayment, listOrders, gateway, floor } = report;
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
    const { atOnce, statementsALife, kafkaRequestsALife, toPgbench, cpuMsEach: cpu } = run;
    const costs = [
      `${statementsALife} statements`,
      `${kafkaRequestsALife} Kafka requests`,
      ...(cpu ? [`${cpu.all.toFixed(1)} ms of CPU a life`] : []),
      ...(toPgbench ? [`${toPgbench} times pgbench`] : []),
    ];
    add(`create, pay, confirmed, ${atOnce} at once`, run.perSecond, run, costs.join(", "));
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
  for (const run of floor ?? []) {
    const { what, pace, perSecond, cpuMsEach: cpu } = run;
    add(`${what}, ${pace}`, perSecond, run, cpu && `${Math.round(1000 * cpu.all)} µs of processor time`);
  }
  const head = ["", "a second", "p50 ms", "p95 ms", "p99 ms", ""];
  const lines = aligned([head, ...rows]);
  if (memory?.idleMb) lines.push("", `order process: ${memory.idleMb} MB idle, ${memory.loadedMb} MB loaded`);
  lines.push(...(report.idle ?? []).map(lineOfIdle));
  lines.push(
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}, Postgres ${machine.postgres}`,
    `load: ${report.load}`,
  );
  if (report.unsteady > 0)
    lines.push(`${report.unsteady} loads were measured while their rate was not steady: warm up longer.`);
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

function ms(value: number): string {
  return value.toFixed(1);
}
