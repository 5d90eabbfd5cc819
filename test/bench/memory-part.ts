import type { Bench } from "./bench.ts";
import { residentMb } from "./cpu.ts";
import { startLifeSystem, type LifeSystem } from "./life-system.ts";

export type MemoryFigures = {
  readonly atOnce: number;
  readonly perSecond: number;
  /** By service the largest resident memory in each minute, in megabytes. */
  readonly minutes: Readonly<Record<"order" | "payment", readonly number[]>>;
};

const minutes = 10;
const atOnce = 64;
/** So many of the first minutes, in which the heap takes its size, are compared with as many of the last. */
const compared = 3;
const mostGrowth = 1.15;

/** The memory of both services over ten minutes of whole lives. */
export async function measureMemory(bench: Bench): Promise<MemoryFigures> {
  await using system = await startLifeSystem(bench, "memory");
  const memory = watchMemory(system, bench.log);
  const { warmUpMs } = bench.times;
  const { result } = await system
    .live({ atOnce, warmUpMs, measuredMs: minutes * 60_000 })
    .finally(() => memory.stop());
  await system.check(result.paid);
  for (const [name, peaks] of Object.entries(memory.minutes)) {
    const [before, after] = [Math.max(...peaks.slice(0, compared)), Math.max(...peaks.slice(-compared))];
    bench.require(after <= mostGrowth * before, `${name} grows from ${before} to ${after} MB`);
  }
  return { atOnce, perSecond: result.perSecond, minutes: memory.minutes };
}

function watchMemory({ services: { order, payment } }: LifeSystem, log: (line: string) => void) {
  const peaks: Record<"order" | "payment", number[]> = { order: [], payment: [] };
  const now = { order: 0, payment: 0 };
  const since = performance.now();
  const timer = setInterval(() => {
    for (const [name, { child }] of [["order", order] as const, ["payment", payment] as const])
      now[name] = Math.max(now[name], residentMb(child.pid) ?? 0);
    if (performance.now() - since < (peaks.order.length + 1) * 60_000) return;
    log(`after ${peaks.order.length + 1} minutes: order ${now.order} MB, payment ${now.payment} MB`);
    for (const name of ["order", "payment"] as const) {
      peaks[name].push(now[name]);
      now[name] = 0;
    }
  }, 500);
  return { minutes: peaks, stop: () => clearInterval(timer) };
}
