import { setTimeout as delay } from "node:timers/promises";
import { expireOverdue } from "./expire-overdue.ts";
import type { Deps } from "../deps.ts";
import { completeReturnable } from "./complete-returnable.ts";
import { startRefunds } from "./start-refunds.ts";
import { releaseLeftovers } from "./release-abandoned.ts";
import { settleStock } from "./apply-stock.ts";

/** Something the order service does by itself. Every replica may do it at once: each step is guarded by its order's lock. */
export type Sweep = {
  readonly name: string;
  readonly everyMs: number;
  /** Whether commits can make it due at once; else it is looked for from time to time alone. */
  readonly isWoken?: boolean;
  readonly run: (deps: Deps) => Promise<void>;
};

export type Sweepers = {
  /** Looks right away: something may have become due. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
};

const longestPauseMs = 10_000;

/** Starts them all. A round that fails is followed by the next, later each time. */
export function startSweepers(deps: Deps): Sweepers {
  const { sweepMs } = deps.policies;
  const sweeps: Sweep[] = [
    { name: "expire", everyMs: sweepMs, run: expireOverdue },
    { name: "refund", everyMs: sweepMs, isWoken: true, run: startRefunds },
    { name: "stock", everyMs: sweepMs, isWoken: true, run: settleStock },
    { name: "leftovers", everyMs: sweepMs, run: releaseLeftovers },
    { name: "complete", everyMs: Math.max(sweepMs, 60_000), run: completeReturnable },
  ];
  const running = sweeps.map((sweep) => keepSweeping(deps, sweep));
  return {
    wake: () => running.forEach(({ wake }) => wake()),
    close: async () => {
      await Promise.all(running.map(({ close }) => close()));
    },
  };
}

function keepSweeping(deps: Deps, { name, everyMs, isWoken, run }: Sweep): Sweepers {
  const closing = new AbortController();
  let pause = new AbortController();
  let isDue = false;
  let failures = 0;

  async function sweep(): Promise<void> {
    while (!closing.signal.aborted) {
      isDue = false;
      try {
        await run(deps);
        failures = 0;
      } catch (error) {
        failures += 1;
        deps.telemetry.sweepFailed(name, error);
      }
      pause = new AbortController();
      if (isDue) continue;
      const signal = AbortSignal.any([closing.signal, pause.signal]);
      const pauseMs = Math.max(everyMs, Math.min(everyMs * 2 ** failures, longestPauseMs));
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const done = sweep();
  return {
    wake() {
      // What it needs is away: knocking more often does not bring it back.
      if (!isWoken || failures > 0) return;
      isDue = true;
      pause.abort();
    },
    async close() {
      closing.abort();
      await done;
    },
  };
}
