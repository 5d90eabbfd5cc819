import { appError, keyReused } from "../rules/errors.ts";
import { runReconciliation, mostMismatches } from "./run-reconciliation.ts";
import type { Mismatch } from "../rules/mismatch.ts";
import type { ReconciliationDependencies } from "./reconcile.ts";
import type { Reconciliations } from "../store/reconciliations.ts";
import type { Context } from "../rules/decision.ts";
import type { Run } from "../rules/reconciliation.ts";

/** The reconciliations of this process. */
export type Reconciler = {
  /**
   * Starts a run in the background and returns it; under a key that was used before, the earlier run.
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

export function openReconciler(
  deps: ReconciliationDependencies & { readonly runs: Reconciliations },
): Reconciler {
  const { runs } = deps;
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const withMismatches = async (run: Run): Promise<Found> => ({
    run,
    mismatches: await runs.mismatches(run.id, mostMismatches),
  });

  return {
    async start(request, by) {
      const earlier = await runs.findByKey(request.request);
      if (earlier) return withMismatches(sameAs(request, earlier));
      const run = newRun(deps, request);
      if (!(await runs.insert(run, by))) {
        const winner = await runs.findByKey(request.request);
        if (winner) return withMismatches(sameAs(request, winner));
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
  { newId, now }: Pick<ReconciliationDependencies, "newId" | "now">,
  requested: Omit<NewRun, "request"> & Partial<Pick<NewRun, "request">>,
): Run {
  const nothing = { matched: 0, mismatched: 0, finishedAt: undefined, problem: undefined };
  return {
    ...requested,
    ...nothing,
    id: newId(),
    request: requested.request,
    status: "RUNNING",
    startedAt: now(),
  };
}

function sameAs({ request }: NewRun, earlier: Run): Run {
  if (earlier.request?.hash === request.hash) return earlier;
  throw keyReused();
}
