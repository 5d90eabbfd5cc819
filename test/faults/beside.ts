import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { residentMb } from "../bench/cpu.ts";
import { quantilesOf } from "../bench/load/quantiles.ts";
import type { FaultSystem, Target } from "./fault-system.ts";
import type { Verdict } from "./scenario.ts";

/** What the well-behaved client does. */
export type ReadOrder = {
  readonly url: string;
  readonly token: string;
  readonly orderId: string;
  readonly everyMs: number;
};

/** How one of its calls ended. */
export type CallerNews = { readonly ms: number; readonly failure: string | undefined };

/** What an attack may do to a process and its clients. */
export type Bounds = {
  /** What memory may grow by under the attack, and under its repetition: the allocator keeps what it has once had. */
  readonly growthMb: { readonly first: number; readonly again: number };
  /** What it may have grown by when all is over. */
  readonly keptMb?: number;
  /** By how much the slowest hundredth of the others' calls may be slower than before the attack. */
  readonly slowdown?: number;
};

/** A call that is as fast as this was not slowed down. */
const fastMs = 50;
const quietMs = 10_000;
const calmMs = 15_000;

/** Attacks a process, twice, while a well-behaved client reads an order twenty times a second. */
export async function beside(
  target: Target,
  { token, orderId }: Pick<FaultSystem, "token" | "orderId">,
  bounds: Bounds,
  attack: () => Promise<string>,
): Promise<Verdict> {
  const calls: CallerNews[] = [];
  const workerData: ReadOrder = { url: target.url, token, orderId, everyMs: 50 };
  const caller = new Worker(new URL("caller.ts", import.meta.url), { workerData });
  const died = new Promise<never>((_, reject) => void caller.once("error", reject));
  died.catch(() => undefined); // the race below handles it
  let peak = 0;
  caller.on("message", (news: CallerNews) => {
    calls.push(news);
    peak = Math.max(peak, memoryOf(target));
  });
  async function during<Result>(work: () => Promise<Result>) {
    calls.length = 0;
    peak = memoryOf(target);
    const result = await Promise.race([work(), died]);
    const { p99Ms } = quantilesOf(Float64Array.from(calls, ({ ms }) => ms));
    return {
      result,
      p99Ms,
      peak,
      count: calls.length,
      failures: calls.flatMap(({ failure }) => failure ?? []),
    };
  }

  const quiet = await during(() => delay(quietMs));
  const before = memoryOf(target);
  const first = await during(attack);
  const again = await during(attack);
  await during(() => delay(calmMs));
  const after = memoryOf(target);
  caller.postMessage("over");

  const slowest = Math.max(first.p99Ms, again.p99Ms);
  const failures = [...first.failures, ...again.failures];
  const { growthMb, keptMb, slowdown } = bounds;
  const problems: [boolean, string][] = [
    [failures.length > 0, `calls of others failed: ${failures.slice(0, 3).join(", ")}`],
    [first.peak - before > growthMb.first, `the memory grew by ${first.peak - before} MB`],
    [again.peak - first.peak > growthMb.again, `it grew by ${again.peak - first.peak} MB more when repeated`],
    [keptMb !== undefined && after - before > keptMb, `it keeps ${after - before} MB`],
    [
      slowdown !== undefined && slowest > Math.max(quiet.p99Ms * slowdown, fastMs),
      `others wait more than ${slowdown} times as long`,
    ],
  ];
  return {
    figures: [
      first.result,
      `memory ${before} MB before, ${first.peak} at most; when repeated ${again.peak}; ${after} after both`,
      `others: ${first.count + again.count} calls, ${failures.length} failed, p99 ${show(first.p99Ms)}, ${show(again.p99Ms)} when repeated; before ${show(quiet.p99Ms)}`,
    ],
    problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
  };
}

const show = (ms: number) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

function memoryOf({ pid }: Target): number {
  return residentMb(pid) ?? 0;
}
