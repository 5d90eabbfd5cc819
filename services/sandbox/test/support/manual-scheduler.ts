import type { Scheduler } from "../../src/psp/scheduler.ts";

export type ManualScheduler = Scheduler & {
  /** Advances the time and runs the work that is due. */
  advance(ms: number): void;
  /** The remaining delays of the pending work, shortest first. */
  dueIn(): number[];
};

/** A scheduler whose time stands still until a test advances it. */
export function manualScheduler(): ManualScheduler {
  let now = 0;
  let waiting: { readonly at: number; readonly work: () => void }[] = [];
  return {
    schedule: (delayMs, work) => void waiting.push({ at: now + delayMs, work }),
    advance(ms) {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      waiting = waiting.filter(({ at }) => at > now);
      due.forEach(({ work }) => work());
    },
    dueIn: () => waiting.map(({ at }) => at - now).sort((a, b) => a - b),
    close: () => void (waiting = []),
  };
}
