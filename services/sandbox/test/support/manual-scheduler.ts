import type { Timers } from "../../src/psp/scheduler.ts";

export type ManualTimers = Timers & {
  /** Lets time pass, and what is due happen. */
  advance(ms: number): void;
  /** In how long what is still to be done is due, soonest first. */
  dueIn(): number[];
};

/** Timers that stand still until they are told. */
export function manualTimers(): ManualTimers {
  let now = 0;
  let waiting: { readonly at: number; readonly work: () => void }[] = [];
  return {
    after: (ms, work) => void waiting.push({ at: now + ms, work }),
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
