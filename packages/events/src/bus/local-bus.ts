import type { Log } from "@till/telemetry";
import { BusClosed, type Bus, type EventRecord, type SubscribeOptions } from "./bus.ts";
import { dispatch } from "./dispatch.ts";
import { createOutage, type Outage } from "@till/worker/outage";

export type LocalBusOptions = {
  readonly log: Log;
  /** Groups that must have subscribed before anything is published: a record without a subscriber is gone. */
  readonly groups?: readonly string[];
};

/**
 * A bus within the process. It keeps nothing: publish resolves when every group has dealt with the records, so what
 * a crash interrupts is still in the outbox. A group it has seen once is waited for while it has no subscriber.
 */
export function localBus({ log, groups: expected = [] }: LocalBusOptions): Bus {
  const closing = new AbortController();
  const groups = new Map<string, Group>();
  const gathered = Promise.withResolvers<void>();
  gathered.promise.catch(() => undefined); // publish rejects with it, if a call is under way
  if (expected.length === 0) gathered.resolve();

  async function handOver(group: Group, records: readonly EventRecord[]): Promise<void> {
    const handle = async () => {
      const [first] = group.subscribers;
      if (!first) throw new Error("the group has no subscriber");
      await (first.inHand = first.onBatch(records));
    };
    const isHeld = () => !closing.signal.aborted;
    const turn = group.tail.then(() =>
      dispatch({ handle, isHeld, outage: group.outage, signal: closing.signal }),
    );
    group.tail = turn;
    if (!(await turn)) throw new BusClosed();
  }

  return {
    async publish(records) {
      if (closing.signal.aborted) throw new BusClosed();
      await gathered.promise;
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const wanted = records.filter(({ topic }) => group.topics.has(topic));
          if (wanted.length > 0) await handOver(group, wanted);
        }),
      );
    },

    subscribe({ group: name, topics, onBatch }) {
      const group = groups.get(name) ?? newGroup(log, name);
      groups.set(name, group);
      for (const topic of topics) group.topics.add(topic);
      const subscriber: Subscriber = { onBatch, inHand: Promise.resolve() };
      group.subscribers.push(subscriber);
      if (expected.every((one) => groups.has(one))) gathered.resolve();
      return Promise.resolve({
        async close() {
          group.subscribers = group.subscribers.filter((one) => one !== subscriber);
          await Promise.allSettled([subscriber.inHand]);
        },
      });
    },

    // It keeps no records: what is not handled yet is still in the outbox.
    lag: (_, topics) => Promise.resolve(new Map(topics.map((topic) => [topic, 0]))),

    async close() {
      closing.abort();
      gathered.reject(new BusClosed());
      await Promise.all([...groups.values()].map(({ tail }) => tail));
    },
  };
}

type Subscriber = { readonly onBatch: SubscribeOptions["onBatch"]; inHand: Promise<void> };

/** Batches of one group run one after another; the first subscriber takes them all, the others stand by. */
type Group = {
  readonly topics: Set<string>;
  readonly outage: Outage;
  subscribers: Subscriber[];
  tail: Promise<unknown>;
};

function newGroup(log: Log, name: string): Group {
  const outage = createOutage(log.child({ group: name }), "handling a batch of events");
  return { topics: new Set(), outage, subscribers: [], tail: Promise.resolve() };
}
