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
  /** What memory may grow by under the attack, and under a repetition: V8 keeps pages that it has once had. */
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
/** What adds up grows with each repetition; what V8 has not collected does not. */
const mostRepetitions = 3;

type Beside = {
  readonly system: Pick<FaultSystem, "token" | "orderId">;
  readonly bounds: Bounds;
  /** Does the attack on a process; returns what came of it. */
  readonly attack: (on: Target) => Promise<string>;
  /**
   * Another process of the kind. What the others' calls usually take is measured while this one is attacked: attackers,
   * who have machines of their own elsewhere, use up the processors of this one.
   */
  readonly bystander?: Target;
};

/** Attacks a process, twice or more often, while a well-behaved client reads an order some forty times a second. */
export async function beside(
  target: Target,
  { system, bounds, attack, bystander }: Beside,
): Promise<Verdict> {
  const { token, orderId } = system;
  const calls: CallerNews[] = [];
  const workerData: ReadOrder = { url: target.url, token, orderId, everyMs: 20 };
  await using caller = new Worker(new URL("caller.ts", import.meta.url), { workerData });
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
    return { result, peak, calls: [...calls] };
  }

  const usually = () => during<string | void>(() => (bystander ? attack(bystander) : delay(quietMs)));
  const usual = [...(await usually()).calls];
  const [before, heapBefore] = [memoryOf(target), await heapOf(target)];
  const first = await during(() => attack(target));
  const attacks = [first];
  let grownMb = Infinity;
  while (grownMb > bounds.growthMb.again && attacks.length <= mostRepetitions) {
    if (bystander) usual.push(...(await usually()).calls);
    const again = await during(() => attack(target));
    grownMb = again.peak - attacks.at(-1)!.peak;
    attacks.push(again);
  }
  await during(() => delay(calmMs));
  const [after, heapAfter] = [memoryOf(target), await heapOf(target)];
  caller.postMessage("over");

  const disturbed = attacks.flatMap((one) => one.calls);
  const [usualP99, p99] = [p99Of(usual), p99Of(disturbed)];
  const failures = disturbed.flatMap(({ failure }) => failure ?? []);
  const { growthMb, keptMb, slowdown } = bounds;
  const problems: [boolean, string][] = [
    [failures.length > 0, `calls of others failed: ${failures.slice(0, 3).join(", ")}`],
    [first.peak - before > growthMb.first, `the memory grew by ${first.peak - before} MB`],
    [grownMb > growthMb.again, `it grew by ${grownMb} MB more when repeated`],
    [keptMb !== undefined && after - before > keptMb, `it keeps ${after - before} MB`],
    [
      slowdown !== undefined && p99 > Math.max(usualP99 * slowdown, fastMs),
      `others wait more than ${slowdown} times as long`,
    ],
  ];
  const peaks = attacks
    .slice(1)
    .map((again) => again.peak)
    .join(", ");
  const beforeIt = bystander ? "while another process was attacked" : "before";
  return {
    figures: [
      first.result,
      `memory ${before} MB before, ${first.peak} at most; when repeated ${peaks}; ${after} afterwards`,
      `of it V8's heap ${heapBefore} before, ${heapAfter} after`,
      `others: ${disturbed.length} calls, ${failures.length} failed, p99 ${show(p99)}; ${beforeIt} ${usual.length} calls, p99 ${show(usualP99)}`,
    ],
    problems: problems.flatMap(([isSo, problem]) => (isSo ? [problem] : [])),
  };
}

function p99Of(calls: readonly CallerNews[]): number {
  return quantilesOf(Float64Array.from(calls, ({ ms }) => ms)).p99Ms;
}

/** What V8 has taken for its heap, used or not, and for buffers. */
async function heapOf({ metricsUrl }: Target): Promise<string> {
  const text = await (await fetch(metricsUrl)).text();
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(text)?.[1]) / 1024 / 1024);
  const [total, used] = [megabytes("nodejs_heap_size_total_bytes"), megabytes("nodejs_heap_size_used_bytes")];
  return `${total} MB (${used} used), buffers ${megabytes("nodejs_external_memory_bytes")}`;
}

const show = (ms: number) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

function memoryOf({ pid }: Target): number {
  return residentMb(pid) ?? 0;
}
