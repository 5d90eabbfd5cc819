import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** How slow this machine is at the moment, so that a service is not blamed for it. */
export type MachineSpeed = {
  /** How long a call may have taken that would take `ms` on this machine at rest. */
  allowance(ms: number, startedAt: number, endedAt: number): number;
  close(): Promise<void>;
};

/** What was measured at a moment: of this process since the last sample, of the machine since its start. */
type Sample = { readonly at: number; readonly lateMs: number; readonly pressureMs: number };
type Slowdown = { readonly at: number; readonly slowdown: number };

const keptMs = 120_000;
const everyMs = 20;

/**
 * Measures three things: how much longer than at its fastest a thread takes for the same work, how late the event loop
 * of this process is, and for how long processes had to wait for a processor (Linux's pressure stall information, where
 * there is one). Where a service stalls by itself, its processor is the only one at work, and none of them rises.
 */
export function measureMachine(): MachineSpeed {
  const samples: Sample[] = [];
  const slowdowns: Slowdown[] = [];
  const worker = new Worker(new URL("./measure-slowdown.ts", import.meta.url));
  worker.on("message", (slowdown: number) => keep(slowdowns, { at: performance.now(), slowdown }));
  let last = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    keep(samples, { at, lateMs: Math.max(at - last - everyMs, 0), pressureMs: pressureMs() });
    last = at;
  }, everyMs);

  return {
    allowance(ms, startedAt, endedAt) {
      const around = slowdowns.filter(({ at }) => at >= startedAt - 200 && at <= endedAt + 200);
      const mean = around.reduce((sum, { slowdown }) => sum + slowdown, 0) / (around.length || 1);
      const within = samples.filter(({ at }) => at >= startedAt - everyMs && at <= endedAt + everyMs);
      const late = within.reduce((sum, { lateMs }) => sum + lateMs, 0);
      const waited = (within.at(-1)?.pressureMs ?? 0) - (within[0]?.pressureMs ?? 0);
      return ms * Math.max(mean, 1) + late + waited;
    },
    async close() {
      clearInterval(timer);
      await worker.terminate();
    },
  };
}

function keep<Kept extends { readonly at: number }>(list: Kept[], one: Kept): void {
  list.push(one);
  while (list[0]!.at < one.at - keptMs) list.shift();
}

/** For how long some process has waited for a processor since the machine's start. */
function pressureMs(): number {
  try {
    return Number(/^some .*total=(\d+)/.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1] ?? 0) / 1000;
  } catch {
    return 0; // another system, or a container that does not show it
  }
}
