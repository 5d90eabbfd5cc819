import { inBatches } from "./batches.ts";
import { inTurn } from "./in-turn.ts";
import { isUnavailable } from "./unavailable.ts";

/** How a service's aggregate is read, decided on and written. */
export type AggregateStore<State, Decision> = {
  /** Reads what each command needs, in their order, in one statement without locks. */
  readonly read: (commands: readonly Command<State, Decision>[]) => Promise<readonly Found<State>[]>;
  /**
   * Writes changes in one statement, which locks their aggregates in the order of the ids. It writes nothing of a change
   * whose aggregate has no longer the version that was decided on, or whose event or key was recorded meanwhile. Returns
   * the ids of the written ones.
   */
  readonly save: (
    changes: readonly Change<State, Decision>[],
    lockTimeoutMs?: number,
  ) => Promise<ReadonlySet<string>>;
  readonly isChange: (decision: Decision) => boolean;
  readonly stateAfter: (decision: Decision) => State;
  readonly missing: (id: string) => Error;
  /** The error for a key that was used for another request. */
  readonly reused: () => Error;
  /** The error for an aggregate that others have changed each time before its decision was written. */
  readonly contended: (id: string) => Error;
};

/** A change to one aggregate. With `eventId` or `key` it takes effect once: a repeat is "replayed", without `decide`. */
export type Command<State, Decision> = {
  readonly id: string;
  readonly eventId?: string | undefined;
  readonly key?: Key | undefined;
  /** The state as the caller has just written or read it, which is decided on first: it saves the read. */
  readonly from?: State | undefined;
  readonly decide: (state: State) => Decision;
};

/** An idempotency key: `id` names it among all keys, `hash` the request it was used for. */
export type Key = { readonly id: string; readonly hash: string };

/** What a command finds: its aggregate, whether its event was applied, and the hash of its key's earlier request. */
export type Found<State> = {
  readonly state: State | undefined;
  readonly isApplied?: boolean;
  readonly usedFor?: string | undefined;
};

/** A decision to write with its command's event or key; `before` is the state that it was made on. */
export type Change<State, Decision> = {
  readonly id: string;
  readonly before: State;
  readonly decision: Decision;
  readonly eventId: string | undefined;
  readonly key: Key | undefined;
};

/** What became of a command: the aggregate as it is now, and the decision unless an earlier command had made it. */
export type Updated<State, Decision> =
  | { readonly kind: "changed" | "unchanged"; readonly state: State; readonly decision: Decision }
  | { readonly kind: "replayed"; readonly state: State; readonly decision?: undefined };

type Outcome<State, Decision> =
  | Updated<State, Decision>
  | { readonly kind: "rejected"; readonly error: unknown }
  /** Decided on a state that is no longer the aggregate's. */
  | { readonly kind: "outdated" };

/** How long a command is decided on again because another process has changed its aggregate meanwhile. */
const patienceMs = 2_000;

/**
 * Reads aggregates, lets each command decide, and saves state, history and events together, where an aggregate has not
 * changed meanwhile; where it has, its command is decided on again. Commands that arrive together share both statements,
 * and no lock is held between them. Commands for one aggregate run one after the other, each seeing its predecessor's
 * result. What a decision throws reaches its own caller alone.
 */
export function groupUpdates<State, Decision>(store: AggregateStore<State, Decision>) {
  type One = Command<State, Decision>;

  const submit = inBatches<One, Outcome<State, Decision>>({
    locks: ({ id }) => id,
    failsAll: isUnavailable,
    async run(commands, lockTimeoutMs) {
      const found = await find(commands);
      const outcomes = commands.map((command, index) => decideOn(command, found[index]!));
      const changes = outcomes.flatMap((outcome, index) =>
        changesOf(commands[index]!, found[index]!, outcome),
      );
      if (changes.length === 0) return outcomes;
      const written = await store.save(changes, lockTimeoutMs);
      const outdated = new Set(changes.filter(({ id }) => !written.has(id)).map(({ id }) => id));
      return outcomes.map((outcome, index) =>
        outdated.has(commands[index]!.id) ? { kind: "outdated" } : outcome,
      );
    },
  });

  async function find(commands: readonly One[]): Promise<Found<State>[]> {
    const unread = commands.filter(({ from }) => from === undefined);
    const read = unread.length > 0 ? (await store.read(unread)).values() : [].values();
    return commands.map(({ from }) => (from === undefined ? read.next().value! : { state: from }));
  }

  function decideOn(command: One, { state, isApplied, usedFor }: Found<State>): Outcome<State, Decision> {
    const { id, key, from, decide } = command;
    if (state === undefined) return { kind: "rejected", error: store.missing(id) };
    if (isApplied || (usedFor !== undefined && usedFor === key?.hash)) return { kind: "replayed", state };
    if (usedFor !== undefined) return { kind: "rejected", error: store.reused() };
    try {
      const decision = decide(state);
      if (store.isChange(decision)) return { kind: "changed", state: store.stateAfter(decision), decision };
      // Nothing is written that would tell whether `from` is still the state.
      return from ? { kind: "outdated" } : { kind: "unchanged", state, decision };
    } catch (error) {
      return from ? { kind: "outdated" } : { kind: "rejected", error };
    }
  }

  function changesOf(
    { id, eventId, key }: One,
    { state: before }: Found<State>,
    outcome: Outcome<State, Decision>,
  ): Change<State, Decision>[] {
    const isDecided = outcome.kind === "changed" || outcome.kind === "unchanged";
    if (!isDecided || (outcome.kind === "unchanged" && eventId === undefined && key === undefined)) return [];
    return [{ id, before: before!, decision: outcome.decision, eventId, key }];
  }

  return inTurn<One, Updated<State, Decision>>(
    ({ id }) => id,
    isUnavailable,
    async (command) => {
      const giveUpAt = performance.now() + patienceMs;
      let outcome = await submit(command);
      while (outcome.kind === "outdated") {
        if (performance.now() > giveUpAt) throw store.contended(command.id);
        // At once: to wait would leave the row to the process that has just changed it.
        outcome = await submit({ ...command, from: undefined });
      }
      if (outcome.kind === "rejected") throw outcome.error;
      return outcome;
    },
  );
}
