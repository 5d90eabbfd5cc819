import type { PoolClient } from "pg";
import { inBatches } from "./batches.ts";
import type { Db } from "./db.ts";
import { transact } from "./transact.ts";
import { isUnavailable } from "./unavailable.ts";

/** How a service's aggregate is locked, decided on and written. */
export type AggregateStore<State, Decision> = {
  /** Locks and reads the rows of these ids, in the order of the ids: SELECT … ORDER BY id FOR UPDATE. */
  readonly load: (tx: PoolClient, ids: readonly string[]) => Promise<ReadonlyMap<string, State>>;
  /** Which of these events were applied before. Called under the lock. */
  readonly applied: (tx: PoolClient, eventIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The hashes of the requests that were carried out under these keys before, by key id. Called under the lock. */
  readonly used?: (tx: PoolClient, keys: readonly Key[]) => Promise<ReadonlyMap<string, string>>;
  /** Writes the changed aggregates, what was decided on the way, and the applied events, in one statement. */
  readonly save: (tx: PoolClient, changes: Changes<State, Decision>) => Promise<void>;
  readonly stateAfter: (decision: Decision) => State;
  readonly changes: (decision: Decision) => boolean;
  readonly missing: (id: string) => Error;
  /** The error for a key that was used for another request. */
  readonly reused?: () => Error;
};

/**
 * What a batch came to: each changed aggregate once, as it is now and as it was; every decision in order; the new
 * event ids and keys.
 */
export type Changes<State, Decision> = {
  readonly states: readonly State[];
  readonly before: ReadonlyMap<State, State>;
  readonly decisions: readonly Decision[];
  readonly eventIds: readonly string[];
  readonly keys: readonly { readonly key: Key; readonly state: State }[];
};

/** An idempotency key: `id` names it among all keys, `hash` the request it was used for. */
export type Key = { readonly id: string; readonly hash: string };

/** A change to one aggregate. With `eventId` or `key` it takes effect once: a repeat is "replayed", without `decide`. */
export type Command<State, Decision> = {
  readonly id: string;
  readonly eventId?: string | undefined;
  readonly key?: Key | undefined;
  readonly decide: (state: State) => Decision;
};

/** What became of a command: the aggregate as it is now, and the decision unless an earlier command had made it. */
export type Updated<State, Decision> =
  | { readonly kind: "changed" | "unchanged"; readonly state: State; readonly decision: Decision }
  | { readonly kind: "replayed"; readonly state: State; readonly decision?: undefined };

/**
 * Loads aggregates under lock, lets each command decide, and saves state, history and events together; commands
 * that arrive together share one transaction. Commands for one aggregate run one after the other, each seeing its
 * predecessor's result. What a decision throws reaches its own caller alone.
 */
export function groupUpdates<State, Decision>(db: Pick<Db, "pool">, store: AggregateStore<State, Decision>) {
  const run = (commands: readonly Command<State, Decision>[], lockTimeoutMs?: number) =>
    transact(db, work(commands), { lockTimeoutMs });

  const work = (commands: readonly Command<State, Decision>[]) => async (tx: PoolClient) => {
    const loaded = await store.load(tx, distinct(commands.map(({ id }) => id)));
    const states = new Map(loaded);
    const events = commands.flatMap(({ eventId }) => eventId ?? []);
    const applied = new Set(events.length > 0 ? await store.applied(tx, events) : []);
    const requestKeys = commands.flatMap(({ key }) => key ?? []);
    const used = new Map(requestKeys.length > 0 ? await store.used?.(tx, requestKeys) : []);
    const decisions: Decision[] = [];
    const changed = new Set<string>();
    const eventIds: string[] = [];
    const keys: { readonly key: Key; readonly state: State }[] = [];

    const outcomes = commands.map(({ id, eventId, key, decide }): Outcome<State, Decision> => {
      const state = states.get(id);
      if (state === undefined) return { error: store.missing(id) };
      if (eventId && applied.has(eventId)) return { kind: "replayed", state };
      const usedFor = key && used.get(key.id);
      if (usedFor !== undefined) {
        return usedFor === key?.hash ? { kind: "replayed", state } : { error: store.reused?.() };
      }
      const made = attempt(() => decide(state));
      if ("error" in made) return made;
      const decision = made.value;
      const after = store.stateAfter(decision);
      states.set(id, after);
      const isChanged = store.changes(decision);
      if (isChanged) {
        decisions.push(decision);
        changed.add(id);
      }
      if (eventId) {
        applied.add(eventId);
        eventIds.push(eventId);
      }
      if (key) {
        used.set(key.id, key.hash);
        keys.push({ key, state: after });
      }
      return { kind: isChanged ? "changed" : "unchanged", state: after, decision };
    });

    if (decisions.length > 0 || eventIds.length > 0 || keys.length > 0) {
      const now = [...changed].map((id) => states.get(id)!);
      const before = new Map([...changed].map((id) => [states.get(id)!, loaded.get(id)!]));
      await store.save(tx, { states: now, before, decisions, eventIds, keys });
    }
    return outcomes;
  };

  const submit = inBatches({ run, locks: ({ id }) => id, failsAll: isUnavailable });
  return async (command: Command<State, Decision>): Promise<Updated<State, Decision>> => {
    const outcome = await submit(command);
    if ("error" in outcome) throw outcome.error;
    return outcome;
  };
}

type Outcome<State, Decision> = Updated<State, Decision> | { readonly error: unknown };

function attempt<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}
