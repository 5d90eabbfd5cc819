import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { residentMb, watchCpu } from "../bench/cpu.ts";
import type { Pace } from "../bench/load/generate.ts";
import { quantilesOf } from "../bench/load/quantiles.ts";
import type { FaultSystem, Target } from "./fault-system.ts";
import { sendHttpLoad } from "./load.ts";
import { formatCores } from "./overload.ts";
import type { Scenario, Verdict } from "./scenario.ts";

const times = 3;
const leastGoodput = 0.8;
/** Node accepts one connection in each turn of its event loop, and turns are long: a part of the crowd waits for that. */
const lateMs = 250;
const recoveryMs = 10_000;
const memoryBackMs = 30_000;
const mostKeptMb = 100;
const crowd = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
const bystander = "127.0.0.5";
/** As many as an address may have. */
const connectionsPerAddress = 1_000;

/** More requests than a gateway can forward. */
export const gatewayOverload: Scenario<FaultSystem> = {
  name: "gateway-overload",
  about: `${times} times the GET /orders/{orderId} of the gateway's peak from four addresses, for a minute`,
  run: overloadGateway,
};

async function overloadGateway(system: FaultSystem): Promise<Verdict> {
  const { clear, order, postmaster, token, orderId, seconds = 60 } = system;
  const { port, pid } = clear;
  const send = (pace: Pace, ms: number) =>
    sendHttpLoad({
      ...{ port, token, path: `/orders/${orderId}`, addresses: crowd, connectionsPerAddress },
      ...{ pace, ms },
    });
  const atPeak = { inFlight: 64 };
  await send(atPeak, 8_000);
  const watched = { processes: { gateway: pid, order: order.pid }, endedProcesses: "load", postmaster };
  const cpuAtPeak = watchCpu(watched);
  const { perSecond: peak } = await send(atPeak, 8_000);
  const servedMicros = ((cpuAtPeak()?.gateway ?? NaN) / peak) * 1e6;
  const memory = { before: residentMb(pid) ?? 0, under: 0, after: 0 };
  const watch = setInterval(() => (memory.under = Math.max(memory.under, residentMb(pid) ?? 0)), 1_000);
  const cpu = watchCpu(watched);
  const others = callBeside(clear, system);
  const over = await send({ perSecond: times * peak }, seconds * 1000).finally(() => clearInterval(watch));
  const beside = await others.end();
  const cores = cpu();
  await send(atPeak, recoveryMs / 2);
  const normal = await send(atPeak, recoveryMs / 2);
  await delay(memoryBackMs - recoveryMs);
  memory.after = residentMb(pid) ?? 0;

  const { failures, outcomes } = over;
  const goodput = (over.calls - failures.calls) / seconds;
  const rejected = over.perSecond - goodput;
  const rejectedMicros = ((cores?.gateway ?? NaN) * 1e6 - goodput * servedMicros) / rejected || NaN;
  const share = (rate: number) => `${Math.round(rate)} a second, ${Math.round((100 * rate) / peak)} %`;
  const wrong = Object.entries(outcomes).filter(([outcome]) => !expected.includes(outcome));
  const problems: [boolean, string][] = [
    [goodput < leastGoodput * peak, "fewer orders are read than without the overload"],
    [wrong.length > 0, `requests ended otherwise: ${formatOutcomes(Object.fromEntries(wrong))}`],
    [failures.p50Ms > lateMs, `half of the rejections come after ${failures.p50Ms.toFixed(0)} ms`],
    [beside.failed > 0, `${beside.failed} requests of an address that sends few were rejected`],
    [normal.failures.calls > 0, `${normal.failures.calls} requests failed after the overload`],
    [normal.perSecond < leastGoodput * peak, "fewer orders are read after the overload"],
    [memory.after - memory.before > mostKeptMb, `it keeps ${memory.after - memory.before} MB`],
  ];
  return {
    figures: [
      `peak ${Math.round(peak)} requests a second; sent ${Math.round(over.perSecond)} a second: served ${share(goodput)}; afterwards ${share(normal.perSecond)}`,
      `rejected within ${failures.p50Ms.toFixed(0)} ms (p50), ${failures.p99Ms.toFixed(0)} ms (p99), ${failures.maxMs.toFixed(0)} ms at most; all within ${over.p99Ms.toFixed(0)} ms (p99)`,
      `another address: ${beside.calls} requests, ${beside.failed} failed, p50 ${beside.p50Ms.toFixed(0)} ms, p99 ${beside.p99Ms.toFixed(0)} ms`,
      `the gateway takes ${servedMicros.toFixed(0)} µs for a request at its peak; under the overload ${rejectedMicros.toFixed(0)} µs for one that it rejects, if one that it serves takes as much as before`,
      `cores under the overload: ${formatCores(cores)}; the load generator takes ${over.cpuMicrosPerCall.toFixed(0)} µs a request`,
      formatOutcomes(outcomes),
      `memory ${memory.before} MB at the peak, ${memory.under} under the overload, ${memory.after} half a minute later`,
    ],
    problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
  };
}

/** Served, over the rate of an address, and too many at a time. */
const expected = ["200", "429", "503"];

function formatOutcomes(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} × ${outcome}`)
    .join(", ");
}

/** Reads the order from an address of its own, some forty times a second, until the end. */
function callBeside({ url }: Target, { token, orderId }: FaultSystem) {
  const pool = new Pool(url, { connections: 4, localAddress: bystander });
  const tookMs: number[] = [];
  let failed = 0;
  let isOver = false;
  async function call(): Promise<void> {
    const startedAt = performance.now();
    const headers = { authorization: `Bearer ${token}` };
    const isOk = await pool.request({ method: "GET", path: `/orders/${orderId}`, headers }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
    tookMs.push(performance.now() - startedAt);
    if (!isOk) failed += 1;
  }
  async function callOften(): Promise<void> {
    while (!isOver) {
      await call();
      await delay(25);
    }
  }
  const calling = callOften();
  return {
    async end() {
      isOver = true;
      await calling;
      await pool.close();
      return { calls: tookMs.length, failed, ...quantilesOf(Float64Array.from(tookMs)) };
    },
  };
}
