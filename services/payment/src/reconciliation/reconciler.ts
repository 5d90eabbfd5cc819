import { appError } from "../rules/errors.ts";
import { runReconciliation, mostMismatches } from "./run-reconciliation.ts";
import type { Mismatch } from "./mismatch.ts";
import type { Reconciling } from "./reconcile.ts";
import { openRuns } from "./runs.ts";
import type { Context } from "../rules/decision.ts";
import type { Run } from "./run.ts";

/** The reconciliations of this process. */
export type Reconciler = {
  /**
   * Starts a run in the background and answers it; under a key that was used before, the run of that time.
   * Throws REQUEST_IN_PROGRESS while the same range is being reconciled, IDEMPOTENCY_KEY_REUSED.
   */
  start(run: NewRun, by: Context): Promise<Found>;
  find(id: string): Promise<Found | undefined>;
  /** Ends those under way as FAILED. */
  close(): Promise<void>;
};

export type NewRun = Pick<Run, "from" | "until" | "repairs"> & {
  readonly request: NonNullable<Run["request"]>;
};

/** A run with what it has found so far. */
export type Found = { readonly run: Run; readonly mismatches: readonly Mismatch[] };

export function openReconciler(deps: Reconciling): Reconciler {
  const runs = openRuns(deps.db);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const withMismatches = async (run: Run): Promise<Found> => ({
    run,
    mismatches: await runs.mismatches(run.id, mostMismatches),
  });

  return {
    async start(asked, by) {
      const earlier = await runs.findByKey(asked.request);
      if (earlier) return withMismatches(sameAs(asked, earlier));
      const run = newRun(deps, asked);
      if (!(await runs.insert(run, by))) {
        const winner = await runs.findByKey(asked.request);
        if (winner) return withMismatches(sameAs(asked, winner));
        throw appError("REQUEST_IN_PROGRESS", "this range is being reconciled right now", {
          retryAfterMs: 5_000,
        });
      }
      const work = runReconciliation(deps, runs, run, { signal: closing.signal });
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
      return { run, mismatches: [] };
    },
    async find(id) {
      const run = await runs.find(id);
      return run && withMismatches(run);
    },
    async close() {
      closing.abort(new Error("the service was stopped"));
      await Promise.allSettled(underWay);
    },
  };
}

/** A run that has just begun. */
export function newRun(
  { newId, now }: Pick<Reconciling, "newId" | "now">,
  asked: Omit<NewRun, "request"> & Partial<Pick<NewRun, "request">>,
): Run {
  const nothing = { matched: 0, mismatched: 0, finishedAt: undefined, problem: undefined };
  return { ...asked, ...nothing, id: newId(), request: asked.request, status: "RUNNING", startedAt: now() };
}

function sameAs({ request }: NewRun, earlier: Run): Run {
  if (earlier.request?.hash === request.hash) return earlier;
  throw appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
}
