import type { Log } from "@till/telemetry";
import { createBell } from "../bell.ts";
import { keepRunning } from "../keep-running.ts";
import { createOutage } from "../outage.ts";
import { pause } from "../pause.ts";

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
  /** Says that something has been committed here. Call it as often as you like. */
  wake(): void;
  close(): Promise<void>;
};

/** Rounds gather what is committed within this time. */
const gatherMs = 10;
const quietMs = 60_000;
/** After every entry of a version; a Postgres integer. */
const lastPosition = 2 ** 31 - 1;

/**
 * Follows the histories of aggregates for any number of watchers with one query at a time, and with none while
 * nobody waits. Gap-free as long as an aggregate's versions are given out under its lock. A watcher that is busy is
 * not asked for: nothing piles up behind a slow one.
 */
export function watchHistory<Key, Entry extends Step>(
  options: WatchOptions<Key, Entry>,
): WatchedHistory<Key, Entry> {
  const { poll, log, everyMs = 250 } = options;
  const waiting = new Set<Waiting<Key, Entry>>();
  const bell = createBell();
  const closing = new AbortController();
  const outage = createOutage(log, "watching a history");

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
      const hear = (entries: readonly Entry[]) => {
        waiting.delete(waiter);
        signal.removeEventListener("abort", leave);
        resolve(entries);
      };
      const leave = () => hear([]);
      const waiter = { place, hear };
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(waiter);
      bell.ring();
    });
  }

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      if (waiting.size > 0) await round();
      await bell.wait(waiting.size > 0 ? everyMs : quietMs);
      await pause(gatherMs, closing.signal);
    }
  }

  async function round(): Promise<void> {
    const asked = [...waiting];
    const entries = await poll(asked.map(({ place }) => place));
    outage.worked();
    const byPlace = Map.groupBy(entries, ({ ord }) => ord);
    for (const [ord, found] of byPlace) asked[ord - 1]?.hear(found);
  }

  const done = keepRunning(live, outage, closing.signal);
  return {
    watch,
    wake: () => bell.ring(),
    async close() {
      closing.abort();
      bell.ring();
      for (const { hear } of waiting) hear([]);
      await done;
    },
  };
}

type Waiting<Key, Entry> = {
  readonly place: Place<Key>;
  readonly hear: (entries: readonly Entry[]) => void;
};
