import type { Log } from "@till/telemetry";
import { createOutage } from "./outage.ts";
import { pause } from "./pause.ts";
import { createSignal } from "./signal.ts";
import { withTimeout } from "./with-timeout.ts";

/** Work that a process does by itself, round after round. */
export type WorkerOptions<Session extends WorkerSession> = {
  /** What the worker does, as the log names it: "publishing events". */
  readonly name: string;
  /** The longest pause between two rounds. */
  readonly everyMs: number;
  /** The least time from the start of a round to the start of the next; what happens meanwhile is gathered. */
  readonly gatherMs?: number;
  /** Opens what the rounds share, such as a connection of their own. A round that fails closes it. */
  readonly open?: (signal: AbortSignal) => Promise<Session> | Session;
  /**
   * One round. Returns "more" for the next round to follow without a pause, or a shorter pause in milliseconds. The signal
   * aborts on close.
   */
  readonly run: (signal: AbortSignal, session: Session) => Promise<NextRound> | NextRound;
  readonly log: Log;
  /** Called with the error of each round that failed, beside the log. */
  readonly onFailure?: (error: unknown) => void;
  /** The longest pause after failures in a row; the first is 100 ms. */
  readonly maxBackOffMs?: number;
  /** How long close waits for the round in hand. */
  readonly closeMs?: number;
};

type NextRound = "more" | number | void;

type WorkerSession = { close(): Promise<void> | void } | undefined;

export type Worker = {
  /** Starts the next round now. After a failure the back-off is kept: a broken dependency is not helped by more calls. */
  readonly notify: () => void;
  /** Ends after the round in hand. */
  readonly close: () => Promise<void>;
};

/** Starts a worker. A round that fails is followed by the next one, later after each failure in a row. */
export function startWorker<Session extends WorkerSession = undefined>(
  options: WorkerOptions<Session>,
): Worker {
  const { name, everyMs, gatherMs = 0, open, run, log, onFailure } = options;
  const { maxBackOffMs = 2_000, closeMs = 10_000 } = options;
  const outage = createOutage(log, name, { firstMs: 100, maxMs: maxBackOffMs });
  const wake = createSignal();
  const closing = new AbortController();
  const { signal } = closing;
  let session: Session | undefined;

  async function closeSession(): Promise<void> {
    const open = session;
    session = undefined;
    await open?.close();
  }

  async function round(): Promise<void> {
    const startedAt = performance.now();
    session ??= await open?.(signal);
    const next = await run(signal, session as Session);
    outage.worked();
    if (next !== "more" && !signal.aborted) await wake.wait(Math.min(next ?? everyMs, everyMs));
    const restMs = gatherMs - (performance.now() - startedAt);
    if (restMs > 0) await pause(restMs, signal);
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        await round();
      } catch (error) {
        await closeSession().catch(() => undefined);
        if (signal.aborted) break;
        onFailure?.(error);
        await pause(outage.failed(error), signal);
      }
    }
    await closeSession().catch(() => undefined);
  }

  const done = loop();
  return {
    notify: wake.notify,
    async close() {
      closing.abort();
      wake.notify();
      // A session that does not answer is closed under the round that waits for it.
      if (!(await withTimeout(closeMs, done))) await withTimeout(1_000, closeSession());
    },
  };
}
