import type { RecordedReport } from "../test/bench/record.ts";

type Row = readonly (string | number | undefined)[];

/** The figures that Till wants to reach, beside what was measured. */
export function targets(report: RecordedReport): string {
  const { wholeLife, processPayment, ratios, eventDelivery, idle } = report;
  const life = (atOnce: number) => wholeLife?.runs.find((run) => run.atOnce === atOnce);
  const statements = [life(1)?.statementsALife, life(32)?.statementsALife];
  const idleCores = (idle ?? []).map(({ cores }) => cores ?? NaN);
  const idleStatements = (idle ?? []).map(({ statementsASecond }) => statementsASecond);
  return table(
    ["figure", "measured", "to reach"],
    [
      ["whole lives ÷ pgbench's plain transaction, 64 at once", life(64)?.toPgbench, "≥ 0.25"],
      ["the same, 256 at once", life(256)?.toPgbench, "≥ 0.40"],
      ["CPU of a life in all processes, 256 at once, ms", fixed(life(256)?.cpuMsEach?.all, 1), "≤ 2.0"],
      [
        "ProcessPayment beyond the provider, 8 in flight, p50 and p95, ms",
        both([processPayment?.overhead.p50Ms, processPayment?.overhead.p95Ms], 1),
        "≤ 5 and ≤ 10",
      ],
      ["statements of a life, alone and 32 at once", both(statements, 1), "≤ 20 and ≤ 4"],
      [
        "CreateOrder ÷ pgbench's plain transaction, 64 and 256 in flight",
        both([ratios?.toPgbench, ratios?.toPgbenchAt256], 2),
        "≥ 2.0 and ≥ 2.5",
      ],
      ["CreateOrder ÷ TypeORM's save()", ratios?.toTypeorm, "≥ 10"],
      ["from commit to consumer's commit at half the peak, p99, ms", fixed(eventDelivery?.p99Ms, 0), "< 60"],
      [
        "an idle service, at most: per cent of a core, statements a second",
        both([100 * Math.max(...idleCores), Math.max(...idleStatements)], 1),
        "< 1 and ≤ 5",
      ],
    ],
  );
}

/** What a life costs, by how many are under way. */
export function lives({ wholeLife }: RecordedReport): string {
  if (!wholeLife) return notMeasured;
  const { runs, pgbenchPlain } = wholeLife;
  const rows = runs.map((run) => [
    run.atOnce,
    fixed(run.perSecond, 0),
    run.toPgbench,
    ...[run.p50Ms, run.p95Ms, run.p99Ms].map((ms) => fixed(ms, 1)),
    run.statementsALife,
    run.kafkaRequestsALife,
    ...[run.ordersABatch, run.paymentsABatch, run.eventsAPublish].map((count) => fixed(count, 1)),
    fixed(run.cpuMsEach?.all, 1),
  ]);
  const head = [
    ...["at once", "a second", "÷ pgbench", "p50 ms", "p95 ms", "p99 ms", "statements", "Kafka requests"],
    ...["orders a batch", "payments a batch", "events a publish", "CPU ms"],
  ];
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.cpuMsEach ?? {})))];
  const cpu = runs.map((run) => [run.atOnce, ...names.map((name) => fixed(run.cpuMsEach?.[name], 2))]);
  return `${table(head, rows)}

pgbench in the same run: ${fixed(pgbenchPlain?.perSecond, 0) || "not measured"} a second.

CPU of a life in milliseconds, by process (\`load\` is the client and its consumer):

${table(["at once", ...names], cpu)}

Statements and Kafka requests of a life by name, one alone and 32 at once:

${table(["service", "sent", "alone", "32 at once"], sentRows(runs))}`;
}

type LifeRuns = NonNullable<RecordedReport["wholeLife"]>["runs"];

function sentRows(runs: LifeRuns): Row[] {
  const [alone, shared] = [1, 32].map((atOnce) => runs.find((run) => run.atOnce === atOnce)?.sentALife);
  return (["order", "payment"] as const).flatMap((service) =>
    (["statements", "kafkaRequests"] as const).flatMap((kind) => {
      const of = (run: typeof alone) => run?.[service][kind] ?? {};
      const names = [...new Set([...Object.keys(of(alone)), ...Object.keys(of(shared))])];
      return names.map((name) => [
        service,
        kind === "statements" ? `\`${name}\`` : `${name} (Kafka)`,
        of(alone)[name],
        of(shared)[name],
      ]);
    }),
  );
}

/** Every part's rates and times, with the CPU of an operation. */
export function parts(report: RecordedReport): string {
  const { createOrder, typeormSave, pgbenchPlain, eventDelivery, processPayment, listOrders } = report;
  const { gateway, idle, floor, memory, memoryUnderLoad } = report;
  const rows: Row[] = [];
  const add = (name: string, run: Measured | undefined) =>
    run &&
    rows.push([
      name,
      fixed(run.perSecond, 0),
      ...[run.p50Ms, run.p95Ms, run.p99Ms].map((ms) => fixed(ms, 1)),
      cpuOf(run.cpuMsEach ?? run.runs?.[0]?.cpuMsEach),
    ]);
  add("CreateOrder, 64 in flight", createOrder?.inFlight64);
  add("CreateOrder, 256 in flight", createOrder?.inFlight256);
  add("TypeORM's save(), 64 in flight", typeormSave);
  add("pgbench's plain transaction", pgbenchPlain);
  add("commit to consumer's commit, half the peak", eventDelivery);
  add("ProcessPayment beyond the provider, 8 in flight", processPayment?.overhead);
  add(`ProcessPayment, provider included, 256 in flight`, processPayment?.inFlight256);
  for (const run of gateway?.runs ?? []) add(`${run.rpc} over ${run.protocol}`, run);
  for (const { list, orders, first, deep, cpuMsEach } of listOrders?.lists ?? []) {
    const name = `ListOrders, ${list} ${orders}`;
    add(`${name}, first page`, { ...first, cpuMsEach });
    add(`${name}, deep page`, { ...deep, cpuMsEach });
  }
  for (const run of floor ?? []) add(`a ${run.what}, ${run.pace}`, run);
  const batches = [createOrder?.inFlight64, createOrder?.inFlight256].map((runs) => runs?.runs[0]);
  return `${table(["", "a second", "p50", "p95", "p99", "CPU µs"], rows)}

${createOrder ? `CreateOrder's batches: ${batches.map((run) => fixed(run?.ordersABatch, 0)).join(" and ")} orders with 64 and 256 in flight. The order process has ${memory?.idleMb} MB idle and ${memory?.loadedMb} MB loaded.` : ""}

### Idle

${
  idle
    ? table(
        ["service", "bus", "per cent of a core", "statements a second"],
        idle.map(({ service, bus, cores, statementsASecond }) => [
          service,
          bus,
          fixed(cores && 100 * cores, 1),
          statementsASecond,
        ]),
      )
    : notMeasured
}

### Memory

${memoryUnderLoad ? memoryOf(memoryUnderLoad) : notMeasured}`;
}

function memoryOf({ atOnce, perSecond, minutes }: NonNullable<RecordedReport["memoryUnderLoad"]>): string {
  const names = Object.keys(minutes) as (keyof typeof minutes)[];
  const rows = minutes.order.map((_, index) => [index + 1, ...names.map((name) => minutes[name][index])]);
  return `Resident memory at most in each minute of ${fixed(perSecond, 0)} whole lives a second, ${atOnce} at once, in megabytes
(\`npm run bench -- --only memory\`):

${table(["minute", ...names], rows)}`;
}

type CpuEach = Readonly<Record<string, number>> | undefined;
type Measured = {
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly cpuMsEach?: CpuEach;
  readonly runs?: readonly { readonly cpuMsEach?: CpuEach }[];
};

/** The tallest bars of each process of each part. */
export function profiles({ profiles: recorded }: RecordedReport): string {
  if (!recorded) return notMeasured;
  return Object.entries(recorded)
    .map(([part, processes]) => {
      const rows = Object.entries(processes).map(([name, { busySeconds, groups, functions }]) => [
        name,
        busySeconds,
        ...[groups, functions].map((bars) =>
          bars.map((bar) => `${bar.name} ${fixed(bar.percent, 1)} %`.replaceAll("|", "\\|")).join("<br>"),
        ),
      ]);
      return `### ${part}\n\n${table(["process", "busy s", "by package", "by function"], rows)}`;
    })
    .join("\n\n");
}

const notMeasured = "Not recorded yet.";

function cpuOf(cpuMsEach: CpuEach): string {
  return Object.entries(cpuMsEach ?? {})
    .map(([name, ms]) => `${name} ${fixed(1000 * ms, 0)}`)
    .join(", ");
}

function both(values: readonly (number | undefined)[], digits: number): string {
  return values.every((value) => fixed(value, digits) === "")
    ? ""
    : values.map((value) => fixed(value, digits) || "–").join(" and ");
}

/** What is not known is empty; JSON has null for what is not a number. */
function fixed(value: number | null | undefined, digits: number): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(digits) : "";
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell ?? "").join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
