import type { Mismatch } from "./mismatch.ts";
import { reconcile, type Reconciling } from "./reconcile.ts";
import type { Runs } from "./runs.ts";
import type { Run, Counts } from "./run.ts";

export type PerformOptions = {
  readonly signal: AbortSignal;
  readonly onProgress?: (counts: Counts) => void;
};

/** What GetReconciliation shows at most; the counts go on. */
export const mostMismatches = 1_000;
const beatMs = 5_000;
const tellMs = 1_000;

/** Carries a run out and writes down what it found, as it goes. Answers the run, finished; it does not throw. */
export async function runReconciliation(
  deps: Reconciling,
  runs: Runs,
  run: Run,
  { signal, onProgress }: PerformOptions,
): Promise<Run> {
  const lost = new AbortController();
  const beat = setInterval(() => {
    // A database that is away is no reason to stop: the next beat may be in time.
    void runs.beat(run.id).then(
      (isAlive) => isAlive || lost.abort(new Error("it was taken for dead")),
      () => undefined,
    );
  }, beatMs);
  const notes = noteTaker(runs, run.id, onProgress);
  try {
    const watching = { signal: AbortSignal.any([signal, lost.signal]), found: notes.found };
    const counts = await reconcile(deps, run, watching);
    await notes.flush();
    const status = counts.mismatched > 0 ? "MISMATCHED" : "CLEAN";
    return await finish(deps, runs, { ...run, ...counts, status });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return await finish(deps, runs, { ...run, ...notes.counts(), status: "FAILED", problem });
  } finally {
    clearInterval(beat);
  }
}

async function finish({ now, operators }: Reconciling, runs: Runs, run: Run): Promise<Run> {
  const finished = { ...run, finishedAt: now() };
  // Where even this cannot be written, the run's lease ends soon, and it counts as FAILED.
  await runs.finish(finished).catch((error: unknown) => operators.lost(finished, error));
  operators.ended(finished);
  return finished;
}

/** Writes mismatches at once, and how far it has come from time to time. */
function noteTaker(runs: Runs, id: string, onProgress: (counts: Counts) => void = () => {}) {
  let counts: Counts = { matched: 0, mismatched: 0 };
  let noted = 0;
  let toldAt = performance.now();

  async function write(mismatches: readonly Mismatch[]): Promise<void> {
    const kept = mismatches.slice(0, mostMismatches - noted);
    await runs.add(id, noted + 1, kept, counts);
    noted += kept.length;
    toldAt = performance.now();
    onProgress(counts);
  }
  return {
    counts: () => counts,
    found: async (mismatches: readonly Mismatch[], soFar: Counts): Promise<void> => {
      counts = soFar;
      if (mismatches.length > 0 || performance.now() - toldAt >= tellMs) await write(mismatches);
    },
    flush: () => write([]),
  };
}
