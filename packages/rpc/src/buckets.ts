/** Counts what each key does against a rate. */
export type Buckets = {
  /** Counts one, where there is still room for it; returns 0, or for how many milliseconds there is none. */
  readonly take: (key: string) => number;
};

type Level = { filled: number; at: number };

const forgetEveryMs = 60_000;

/**
 * A token bucket for each key, in this process's memory: so many at once, and then so many a second. It is synchronous, for
 * it is on every call's way.
 */
export function openBuckets({
  size,
  perSecond,
}: {
  readonly size: number;
  readonly perSecond: number;
}): Buckets {
  const levels = new Map<string, Level>();
  let forgottenAt = performance.now();

  function levelAt(level: Level | undefined, now: number): number {
    return level ? Math.max(level.filled - ((now - level.at) / 1000) * perSecond, 0) : 0;
  }

  function forgetEmpty(now: number): void {
    if (now - forgottenAt < forgetEveryMs) return;
    forgottenAt = now;
    for (const [key, level] of levels) if (levelAt(level, now) === 0) levels.delete(key);
  }

  return {
    take(key) {
      const now = performance.now();
      forgetEmpty(now);
      const filled = levelAt(levels.get(key), now) + 1;
      if (filled > size) return ((filled - size) / perSecond) * 1000;
      levels.set(key, { filled, at: now });
      return 0;
    },
  };
}
