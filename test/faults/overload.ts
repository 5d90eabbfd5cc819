import { setTimeout as delay } from "node:timers/promises";
import { residentMb, watchCpu, type CoresUsed } from "../bench/cpu.ts";
import type { FaultSystem } from "./fault-system.ts";
import { sendLoad, warmUp } from "./load.ts";
import type { Scenario, Verdict } from "./scenario.ts";

const times = 3;
const leastGoodput = 0.8;
const slowestRejectionMs = 50;
const recoveryMs = 10_000;
const memoryBackMs = 30_000;
const mostKeptMb = 100;

/** More commands than a service can carry out. */
export const overload: Scenario<FaultSystem> = {
  name: "overload",
  about: `${times} times the CreateOrder calls of the peak, for a minute`,
  run: overloadOrders,
};

async function overloadOrders({ order, postmaster, token, seconds = 60 }: FaultSystem): Promise<Verdict> {
  const { port, pid } = order;
  const peak = await warmUp({ port, token });
  const memory = { before: residentMb(pid) ?? 0, under: 0, after: 0 };
  const watch = setInterval(() => (memory.under = Math.max(memory.under, residentMb(pid) ?? 0)), 1_000);
  const codesBefore = await codesOf(order.metricsUrl);
  const pace = { perSecond: times * peak };
  const cpu = watchCpu({ processes: { order: pid }, endedProcesses: "load", postmaster });
  const over = await sendLoad({ port, token, pace, ms: seconds * 1000 }).finally(() => clearInterval(watch));
  const cores = cpu();
  const codes = await codesOf(order.metricsUrl);
  for (const [code, count] of codesBefore) codes.set(code, (codes.get(code) ?? 0) - count);
  await sendLoad({ port, token, pace: { inFlight: 256 }, ms: recoveryMs / 2 });
  const normal = await sendLoad({ port, token, pace: { inFlight: 256 }, ms: recoveryMs / 2 });
  await delay(memoryBackMs - recoveryMs);
  memory.after = residentMb(pid) ?? 0;

  const { failures } = over;
  const goodput = (over.calls - failures.calls) / seconds;
  const share = (rate: number) => `${Math.round(rate)} a second, ${Math.round((100 * rate) / peak)} %`;
  const internal = (codes.get("Internal") ?? 0) + (codes.get("Unknown") ?? 0);
  const problems: [boolean, string][] = [
    [goodput < leastGoodput * peak, "fewer orders are placed than without the overload"],
    [internal > 0, `${internal} calls were INTERNAL`],
    [failures.p99Ms > slowestRejectionMs, `a call is rejected after ${failures.p99Ms.toFixed(0)} ms`],
    [normal.failures.calls > 0, `${normal.failures.calls} calls failed after the overload`],
    [normal.perSecond < leastGoodput * peak, "fewer orders are placed after the overload"],
    [memory.after - memory.before > mostKeptMb, `it keeps ${memory.after - memory.before} MB`],
  ];
  return {
    figures: [
      `peak ${Math.round(peak)} orders a second; called ${Math.round(over.perSecond)} times a second: placed ${share(goodput)}; afterwards ${share(normal.perSecond)}`,
      `rejected within ${failures.p50Ms.toFixed(0)} ms (p50), ${failures.p99Ms.toFixed(0)} ms (p99), ${failures.maxMs.toFixed(0)} ms at most`,
      `cores under the overload: ${formatCores(cores)}; the load generator takes ${over.cpuMicrosPerCall.toFixed(0)} µs a call`,
      [...codes].flatMap(([code, count]) => (count > 0 ? [`${count} × ${code}`] : [])).join(", "),
      `memory ${memory.before} MB at the peak, ${memory.under} under the overload, ${memory.after} half a minute later`,
    ],
    problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
  };
}

/** What of the machine the load takes itself, and what is no part of this system, tells how far its figures hold. */
export function formatCores(cores: CoresUsed | undefined): string {
  return Object.entries(cores ?? {})
    .map(([name, used]) => `${name} ${used.toFixed(2)}`)
    .join(", ");
}

/** How often CreateOrder has ended with each code. */
async function codesOf(metricsUrl: string): Promise<Map<string, number>> {
  const text = await (await fetch(metricsUrl)).text();
  const counts = text.matchAll(
    /^grpc_server_handling_seconds_count\{[^}]*CreateOrder"[^}]*code="(\w+)"[^}]*\} (\d+)/gm,
  );
  return new Map([...counts].map(([, code, count]) => [code!, Number(count)]));
}
