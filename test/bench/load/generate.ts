import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions, LoadConnection } from "./connection.ts";
import { quantilesOf, type Quantiles } from "./quantiles.ts";
import { untilSteady, type WarmUp } from "./until-steady.ts";

/** How calls are sent: so many always in flight, or so many a second whatever the responses do. */
export type Pace = { readonly inFlight: number } | { readonly perSecond: number };

/** What a load receives from its connections. */
export type LoadEvents = Pick<ConnectionOptions, "onResponse" | "onFailure">;

export type LoadOptions = {
  /** Opens what the calls go out over, each taking its share of them. */
  readonly open: (events: LoadEvents) => Promise<readonly LoadConnection[]>;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** Called when the measured window begins and when it ends. */
  readonly onWindow: (boundary: "begins" | "ends") => void;
};

export type LoadResult = Quantiles &
  WarmUp & {
    /** Of the whole run, warm-up included: what the database must agree with. */
    readonly answered: number;
    readonly failed: number;
    /** Of the measured window; so are the rest. */
    readonly calls: number;
    readonly perSecond: number;
    /** Calls of the window that failed: how many, and how long they took. */
    readonly failures: Quantiles & { readonly calls: number };
    /** What the load generator itself cost. */
    readonly cpuMicrosPerCall: number;
  };

const mostCalls = 4_000_000;
/** A service that falls so far behind an open pace does not keep it. */
const mostInFlight = 14_000;

/** Warms up, measures, lets the calls in flight finish, and says what happened. */
export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const { pace } = options;
  const isClosedLoop = "inFlight" in pace;
  const times = new Float64Array(mostCalls);
  const failureTimes = new Float64Array(mostCalls);
  const failure = Promise.withResolvers<never>();
  const drained = Promise.withResolvers<void>();
  let answered = 0;
  let failed = 0;
  let calls = 0;
  let failedCalls = 0;
  let inFlight = 0;
  let phase: "warm-up" | "measured" | "over" = "warm-up";

  function onResponse(isOk: boolean, sentAt: number, connection: LoadConnection): void {
    inFlight -= 1;
    if (isOk) answered += 1;
    else failed += 1;
    if (phase === "measured") {
      const ms = performance.now() - sentAt;
      times[calls++] = ms;
      if (!isOk) failureTimes[failedCalls++] = ms;
    }
    if (phase === "over") {
      if (inFlight === 0) drained.resolve();
    } else if (isClosedLoop) send(connection, 1);
  }

  function send(connection: LoadConnection, count: number): void {
    inFlight += count;
    if (inFlight > mostInFlight)
      failure.reject(new Error(`the service does not keep up: ${inFlight} calls in flight`));
    connection.send(count);
  }

  const connections = await options.open({ onResponse, onFailure: failure.reject });
  const sendToAll = (count: number) =>
    connections.forEach((connection, index) => send(connection, shareOf(count, connections.length, index)));

  const stopSending = isClosedLoop
    ? sendOnce(pace.inFlight, sendToAll)
    : sendSteadily(pace.perSecond, sendToAll);
  const warmUp = await Promise.race([failure.promise, untilSteady(() => answered, options.warmUpMs)]);

  options.onWindow("begins");
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  phase = "measured";
  await Promise.race([failure.promise, sleep(options.measuredMs)]);
  phase = "over";
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  options.onWindow("ends");

  stopSending();
  if (inFlight > 0) await Promise.race([failure.promise, drained.promise]);
  connections.forEach((connection) => connection.close());
  return {
    ...warmUp,
    answered,
    failed,
    calls,
    perSecond: calls / seconds,
    failures: { calls: failedCalls, ...quantilesOf(failureTimes.subarray(0, failedCalls)) },
    cpuMicrosPerCall: (user + system) / calls,
    ...quantilesOf(times.subarray(0, calls)),
  };
}

/** In a closed loop each response starts the next call. */
function sendOnce(count: number, send: (count: number) => void): () => void {
  send(count);
  return () => {};
}

function sendSteadily(perSecond: number, send: (count: number) => void): () => void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond) - sent;
    sent += due;
    send(due);
  }, 1);
  return () => clearInterval(timer);
}

/** Part `index` of a total that does not divide evenly; over time the remainder goes round. */
function shareOf(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts);
}
