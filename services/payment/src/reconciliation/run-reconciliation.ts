import { startHeartbeat } from "@till/worker/heartbeat";
import type { Mismatch } from "../rules/mismatch.ts";
import { reconcile, type ReconciliationDependencies } from "./reconcile.ts";
import type { Reconciliations } from "../store/reconciliations.ts";
import type { Run, Counts } from "../rules/reconciliation.ts";

export type PerformOptions = {
  readonly signal: AbortSignal;
  readonly onProgress?: (counts: Counts) => void;
};

/** Mismatches that are stored at most; the counts include all. */
export const mostMismatches = 1_000;
const heartbeatMs = 5_000;
const reportMs = 1_000;

/** Performs a run and stores its mismatches meanwhile. Returns the finished run; does not throw. */
export async function runReconciliation(
  deps: ReconciliationDependencies,
  runs: Reconciliations,
  run: Run,
  { signal, onProgress }: PerformOptions,
): Promise<Run> {
  const heartbeat = startHeartbeat(heartbeatMs, async () => {
    // While the database is unreachable the run goes on: the next heartbeat may be in time.
    const isAlive = await runs.renewLease(run.id).catch(() => true);
    if (!isAlive) throw new Error("its lease expired");
  });
  const recorder = mismatchRecorder(runs, run.id, onProgress);
  try {
    const watching = { signal: AbortSignal.any([signal, heartbeat.lost]), found: recorder.found };
    const counts = await reconcile(deps, run, watching);
    await recorder.flush();
    const status = counts.mismatched > 0 ? "MISMATCHED" : "CLEAN";
    return await finish(deps, runs, { ...run, ...counts, status });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return await finish(deps, runs, { ...run, ...recorder.counts(), status: "FAILED", problem });
  } finally {
    heartbeat.stop();
  }
}

async function finish(
  { now, operators }: ReconciliationDependencies,
  runs: Reconciliations,
  run: Run,
): Promise<Run> {
  const finished = { ...run, finishedAt: now() };
  // If this cannot be stored either, the run's lease expires soon and it is FAILED.
  await runs.finish(finished).catch((error: unknown) => operators.lost(finished, error));
  operators.ended(finished);
  return finished;
}

/** Stores mismatches at once, and the counts from time to time. */
function mismatchRecorder(
  runs: Reconciliations,
  id: string,
  onProgress: (counts: Counts) => void = () => {},
) {
  let counts: Counts = { matched: 0, mismatched: 0 };
  let noted = 0;
  let reportedAt = performance.now();

  async function write(mismatches: readonly Mismatch[]): Promise<void> {
    const kept = mismatches.slice(0, mostMismatches - noted);
    await runs.add(id, noted + 1, kept, counts);
    noted += kept.length;
    reportedAt = performance.now();
    onProgress(counts);
  }
  return {
    counts: () => counts,
    found: async (mismatches: readonly Mismatch[], soFar: Counts): Promise<void> => {
      counts = soFar;
      if (mismatches.length > 0 || performance.now() - reportedAt >= reportMs) await write(mismatches);
    },
    flush: () => write([]),
  };
}
