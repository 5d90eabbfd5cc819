import type { Log } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";

/** Where a watcher stands: it has seen one aggregate's history up to and with this entry. */
export type Place<Key> = { readonly key: Key; readonly version: number; readonly position: number };

/** Places in users' histories as a statement takes them: users, ids, versions and positions, each as an array. */
export function placeColumns(places: readonly Place<{ readonly userId: string; readonly id: string }>[]) {
  return [
    places.map(({ key }) => key.userId),
    places.map(({ key }) => key.id),
    places.map(({ version }) => version),
    places.map(({ position }) => position),
  ];
}

/** An entry of a history; `ord` is the number, from 1 on, of the place it comes after. */
export type Step = { readonly ord: number; readonly version: number; readonly position: number };

export type WatchOptions<Key, Entry extends Step> = {
  /** Reads what comes after each of these places: in order, and at most so many a place as fit into memory. */
  readonly poll: (places: readonly Place<Key>[]) => Promise<readonly Entry[]>;
  readonly log: Log;
  /** How often to look for what other processes commit. */
  readonly everyMs?: number;
};

export type WatchedHistory<Key, Entry> = {
  /** What comes after a version of an aggregate, each entry once and in order, until the signal aborts. */
  watch(key: Key, afterVersion: number, signal: AbortSignal): AsyncIterable<Entry>;
} & Worker;

/** Rounds gather what is committed within this time. */
const gatherMs = 10;
/** Without watchers: the first one notifies. */
const idleMs = 60_000;
/** After every entry of a version; a Postgres integer. */
const lastPosition = 2 ** 31 - 1;

/**
 * Follows the histories of aggregates for any number of watchers with one query at a time, and with none while
 * there is no watcher. Gap-free as long as a version is committed only after the one before. A query leaves out the
 * watchers that are busy: nothing piles up behind a slow one.
 */
export function watchHistory<Key, Entry extends Step>(
  options: WatchOptions<Key, Entry>,
): WatchedHistory<Key, Entry> {
  const { poll, log, everyMs = 250 } = options;
  const waiting = new Set<Waiting<Key, Entry>>();
  const closing = new AbortController();

  async function* watch(key: Key, afterVersion: number, signal: AbortSignal) {
    let place = { key, version: afterVersion, position: lastPosition };
    while (!signal.aborted && !closing.signal.aborted) {
      const entries = await after(place, signal);
      yield* entries;
      const last = entries.at(-1);
      if (last) place = { key, version: last.version, position: last.position };
    }
  }

  function after(place: Place<Key>, signal: AbortSignal): Promise<readonly Entry[]> {
    return new Promise((resolve) => {
      const receive = (entries: readonly Entry[]) => {
        waiting.delete(waiter);
        signal.removeEventListener("abort", leave);
        resolve(entries);
      };
      const leave = () => receive([]);
      const waiter = { place, receive };
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(waiter);
      worker.notify();
    });
  }

  async function run(): Promise<number | void> {
    if (waiting.size === 0) return;
    const watchers = [...waiting];
    const entries = await poll(watchers.map(({ place }) => place));
    const byPlace = Map.groupBy(entries, ({ ord }) => ord);
    for (const [ord, found] of byPlace) watchers[ord - 1]?.receive(found);
    return everyMs;
  }

  const worker = startWorker({ name: "watching a history", everyMs: idleMs, gatherMs, log, run });
  return {
    watch,
    notify: worker.notify,
    async close() {
      closing.abort();
      for (const { receive } of waiting) receive([]);
      await worker.close();
    },
  };
}

type Waiting<Key, Entry> = {
  readonly place: Place<Key>;
  readonly receive: (entries: readonly Entry[]) => void;
};
