import { performance } from "node:perf_hooks";
import type { CallTemplate, LoadConnection } from "./connection.ts";
import { openConnection } from "./connection.ts";

/** How calls are sent: so many always in flight, or so many a second whatever the answers do. */
export type Pace = { readonly inFlight: number } | { readonly perSecond: number };

export type LoadOptions = {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  readonly call: CallTemplate;
  /** Called when the measured window begins and when it ends. */
  readonly onWindow: (edge: "begins" | "ends") => void;
};

export type LoadResult = {
  /** Of the whole run, warm-up included: what the database must agree with. */
  readonly answered: number;
  readonly failed: number;
  /** Of the measured window. */
  readonly calls: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** What the load generator itself cost. */
  readonly cpuMicrosPerCall: number;
};

const mostCalls = 4_000_000;

/** Warms up, measures, lets the calls in flight finish, and says what happened. */
export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const latencies = new Float64Array(mostCalls);
  let answered = 0;
  let failed = 0;
  let calls = 0;
  let inFlight = 0;
  let isMeasuring = false;
  let isOver = false;
  let whenIdle: () => void = () => {};
  const failure = Promise.withResolvers<never>();

  const open = () =>
    openConnection({
      host: options.host,
      port: options.port,
      call: options.call,
      onFailure: failure.reject,
      onAnswer(isOk, sentAt, connection) {
        inFlight -= 1;
        if (isOk) answered += 1;
        else failed += 1;
        if (isMeasuring && calls < mostCalls) latencies[calls++] = performance.now() - sentAt;
        if (isOver) {
          if (inFlight === 0) whenIdle();
        } else if ("inFlight" in options.pace) send(connection, 1);
      },
    });
  const connections = await Promise.all(Array.from({ length: options.connections }, open));

  function send(connection: LoadConnection, count: number): void {
    inFlight += count;
    connection.send(count);
    if (connection.isRetired) void replace(connection);
  }

  /** A retired connection hands its share to a fresh one; its own calls still end there. */
  async function replace(retired: LoadConnection): Promise<void> {
    failure.reject(new Error("the server retired a connection during the run"));
    await Promise.resolve(retired);
  }

  const stopPacing = startPace();
  function startPace(): () => void {
    const { pace } = options;
    if ("inFlight" in pace) {
      connections.forEach((connection, index) =>
        send(connection, shareOf(pace.inFlight, connections.length, index)),
      );
      return () => {};
    }
    const startedAt = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * pace.perSecond) - sent;
      sent += due;
      connections.forEach((connection, index) => send(connection, shareOf(due, connections.length, index)));
    }, 1);
    return () => clearInterval(timer);
  }

  await Promise.race([failure.promise, sleep(options.warmUpMs)]);
  options.onWindow("begins");
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  isMeasuring = true;
  await Promise.race([failure.promise, sleep(options.measuredMs)]);
  isMeasuring = false;
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  options.onWindow("ends");

  stopPacing();
  isOver = true;
  const idle = new Promise<void>((resolve) => (whenIdle = resolve));
  if (inFlight > 0) await Promise.race([failure.promise, idle]);
  connections.forEach((connection) => connection.close());

  const sorted = latencies.subarray(0, calls).sort();
  const quantile = (share: number) => sorted[Math.min(calls - 1, Math.floor(calls * share))] ?? NaN;
  return {
    answered,
    failed,
    calls,
    seconds,
    perSecond: calls / seconds,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    cpuMicrosPerCall: (user + system) / calls,
  };
}

function shareOf(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
