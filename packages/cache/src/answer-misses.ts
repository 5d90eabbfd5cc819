import type { Reads } from "./reads.ts";
import type { StoreTier } from "./store-tier.ts";

/** A key that is being looked up, and the promise that its callers share. */
export type Miss<Value> = PromiseWithResolvers<Value | undefined> & {
  readonly key: string;
  /** The source must be read, whatever the store has. */
  readonly isRefresh: boolean;
};

export type Source<Value> = {
  readonly tier: StoreTier<Value> | undefined;
  readonly fetchMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  readonly reads: Reads;
  /** Resolves for the callers; false when the key was forgotten while they waited, so that nothing may keep the value. */
  readonly resolve: (missed: Miss<Value>, value: Value | undefined) => boolean;
  readonly reject: (missed: Miss<Value>, error: unknown) => void;
};

/** Resolves each miss from the store, and those that it lacks with one call to the source. Never rejects. */
export async function answerMisses<Value>(
  batch: readonly Miss<Value>[],
  source: Source<Value>,
): Promise<void> {
  let left = batch;
  try {
    left = await answerFromStore(batch, source);
    if (left.length > 0) await answerFromSource(left, source);
  } catch (error) {
    source.reads.failed += left.length;
    for (const missed of left) source.reject(missed, error);
  }
}

async function answerFromStore<Value>(
  batch: readonly Miss<Value>[],
  { tier, reads, resolve }: Source<Value>,
): Promise<readonly Miss<Value>[]> {
  if (tier === undefined) return batch;
  const readable = batch.filter(({ isRefresh }) => !isRefresh);
  if (readable.length === 0) return batch;
  const stored = await tier.read(keysOf(readable));
  const left = batch.filter((missed) => {
    const value = missed.isRefresh ? undefined : stored.get(missed.key);
    if (value === undefined) return true;
    resolve(missed, value);
    return false;
  });
  reads.store += batch.length - left.length;
  return left;
}

async function answerFromSource<Value>(
  batch: readonly Miss<Value>[],
  { tier, fetchMany, reads, resolve }: Source<Value>,
): Promise<void> {
  const found = await fetchMany(keysOf(batch));
  const kept = new Map<string, Value>();
  for (const missed of batch) {
    const value = found.get(missed.key);
    reads[value === undefined ? "unknown" : "source"] += 1;
    if (resolve(missed, value) && value !== undefined) kept.set(missed.key, value);
  }
  tier?.write(kept);
}

/** A key forgotten while it was waited for may be there twice. */
function keysOf(batch: readonly { readonly key: string }[]): string[] {
  return [...new Set(batch.map(({ key }) => key))];
}
