import type { Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import type { Log, Metrics } from "@till/telemetry";
import { startWorker } from "@till/worker";
import pMap from "p-map";
import { attempt, type EventHandlers, type Outcome } from "./attempt.ts";
import type { Bus, EventRecord } from "../bus/bus.ts";
import { moveToDeadLetters } from "./dead-letters.ts";
import { recordIdOf } from "../envelope.ts";
import { consumerMetrics } from "../event-metrics.ts";
import { parkedEvents, type ParkedEvent } from "./parked-events.ts";

export type ConsumerOptions = {
  readonly db: Pick<Db, "pool">;
  readonly bus: Bus;
  readonly group: string;
  readonly topics: readonly string[];
  /** By event type. Types without a handler are skipped. */
  readonly handlers: EventHandlers;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  readonly isTransient?: (error: unknown) => boolean;
  /** How often an event may fail before it goes to the dead letters. */
  readonly maxTries?: number;
  /** How often an event may come too early before it does: about ten minutes of trying. */
  readonly maxEarlyTries?: number;
};

export type Consumer = {
  /** Gives a record to its handler once, outside its stream, as operators do with dead letters. */
  replay(record: EventRecord): Promise<Outcome>;
  /** Finishes what is in hand and leaves the group. */
  close(): Promise<void>;
};

const keysAtOnce = 256;
const parkedAtOnce = 100;
/** While this process has parked events lately, and at other times: another process may have died with some. */
const parkedPollMs = 500;
const idlePollMs = 5_000;
/** Longer than any pause between two tries. */
const latelyMs = 60_000;

/**
 * Gives a group's events to their handlers: different keys at once, the events of one key one after the other.
 * Early events are parked and tried again, poison goes to the dead letters, and the stream goes on.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { db, bus, group, topics, handlers, isTransient = isUnavailable } = options;
  const { maxTries = 5, maxEarlyTries = 26 } = options;
  const log = options.log.child({ group });
  const metrics = consumerMetrics(options.metrics);
  const parked = parkedEvents(db, group);
  const closing = new AbortController();
  const { signal } = closing;
  const rules = { handlers, isTransient, maxTries, signal };
  let lastParkedAt = -latelyMs;
  let timer: NodeJS.Timeout | undefined;

  async function receive(record: EventRecord): Promise<void> {
    const outcome = await attempt(record, rules);
    if (outcome.kind === "poison") await toDeadLetters(record, outcome.error, outcome.tries);
    if (outcome.kind === "early") {
      await parked.park(record, outcome.error);
      retrySoon();
      log.info({ ...factsOf(record), err: outcome.error }, "event parked: it came too early");
    }
    count(outcome);
  }

  async function retry(one: ParkedEvent): Promise<void> {
    const { record, tries } = one;
    const outcome = await attempt(record, rules);
    if (outcome.kind === "poison") await toDeadLetters(record, outcome.error, tries + outcome.tries);
    else if (outcome.kind !== "early") await parked.release(one);
    else if (tries + 1 >= maxEarlyTries) await toDeadLetters(record, outcome.error, tries + 1);
    else {
      await parked.postpone(one, outcome.error);
      lastParkedAt = performance.now();
    }
    if (outcome.kind !== "early") count(outcome);
  }

  async function toDeadLetters(record: EventRecord, error: unknown, tries: number): Promise<void> {
    await moveToDeadLetters(db, { group, record, error, tries });
    log.error({ ...factsOf(record), tries, err: error }, "event moved to the dead letters");
  }

  function count(outcome: Outcome): void {
    metrics.consumed.inc({ group, outcome: outcome.kind });
    if (outcome.kind === "handled") {
      metrics.delivery.observe({ group }, (Date.now() - outcome.event.time.getTime()) / 1000);
    }
  }

  async function replay(record: EventRecord): Promise<Outcome> {
    const outcome = await attempt(record, { ...rules, maxTries: 1 });
    if (outcome.kind === "early") {
      await parked.park(record, outcome.error);
      retrySoon();
    }
    if (outcome.kind === "poison") await toDeadLetters(record, outcome.error, outcome.tries);
    metrics.consumed.inc({ group, outcome: outcome.kind });
    return outcome;
  }

  async function retryParked(): Promise<"more" | void> {
    const due = await parked.claim(parkedAtOnce);
    await inOrderOfKeys(due, ({ record }) => record.key, retry);
    if (due.length === parkedAtOnce) return "more";
    if (performance.now() - lastParkedAt < latelyMs) nextRound();
  }

  function retrySoon(): void {
    lastParkedAt = performance.now();
    nextRound();
  }

  function nextRound(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      retrying.notify();
    }, parkedPollMs).unref();
  }

  const isWanted = (type: string) => Object.hasOwn(handlers, type);
  const onBatch = async (records: readonly EventRecord[], leftOut = 0) => {
    await inOrderOfKeys(records, ({ key }) => key, receive);
    if (leftOut > 0) metrics.consumed.inc({ group, outcome: "skipped" satisfies Outcome["kind"] }, leftOut);
  };
  const retrying = startWorker({
    name: "retrying parked events",
    everyMs: idlePollMs,
    log,
    run: retryParked,
  });
  const subscription = await bus
    .subscribe({ group, topics, isWanted, onBatch })
    .catch(async (error: unknown) => {
      await retrying.close();
      throw error;
    });
  return {
    replay,
    async close() {
      closing.abort();
      clearTimeout(timer);
      await Promise.all([subscription.close(), retrying.close()]);
    },
  };
}

/** Works on different keys at once. After a failure no item is begun; it is thrown once the running ones have ended. */
async function inOrderOfKeys<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const workInOrder = async (ofOneKey: readonly Item[]) => {
    for (const item of ofOneKey) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await pMap(Map.groupBy(items, keyOf).values(), workInOrder, { concurrency: keysAtOnce });
  if (failures.length > 0) throw failures[0];
}

function factsOf(record: EventRecord) {
  const { topic, key, headers } = record;
  return { topic, key, event_id: recordIdOf(record), type: headers.ce_type };
}
