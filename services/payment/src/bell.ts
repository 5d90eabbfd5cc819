import { setTimeout as delay } from "node:timers/promises";

/** Wakes somebody who rests between two rounds. */
export type Bell = {
  ring(): void;
  /** Resolves when the bell rings, has rung since the last rest, or `restMs` are over. */
  rest(restMs: number, signal: AbortSignal): Promise<void>;
};

export function createBell(): Bell {
  let hasRung = false;
  let wake = new AbortController();
  return {
    ring() {
      hasRung = true;
      wake.abort();
    },
    async rest(restMs, signal) {
      const either = AbortSignal.any([signal, wake.signal]);
      if (!hasRung) await delay(restMs, undefined, { signal: either }).catch(() => undefined);
      hasRung = false;
      wake = new AbortController();
    },
  };
}
