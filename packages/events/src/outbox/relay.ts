import type { Db } from "@till/postgres/statements";
import type { Log, Metrics } from "@till/telemetry";
import { atMost } from "../at-most.ts";
import { createBell } from "../bell.ts";
import type { Bus } from "../bus/bus.ts";
import { toRecord } from "../envelope.ts";
import { relayMetrics } from "../event-metrics.ts";
import { keepRunning } from "../keep-running.ts";
import { createOutage } from "../outage.ts";
import { openOutbox, type OutboxSession } from "./outbox-session.ts";
import { pause } from "../pause.ts";

export type RelayOptions = {
  readonly db: Pick<Db, "pool">;
  readonly bus: Bus;
  /** Who speaks: the events' ce_source, such as "till/order". */
  readonly source: string;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** How often it looks by itself: commits of other processes wake nobody here. */
  readonly pollMs?: number;
};

export type Relay = {
  /** Says that events have been committed. Call it as often as you like. */
  wake(): void;
  /** Finishes the batch in hand and hands over to a stand-by. */
  close(): Promise<void>;
};

const batchSize = 500;
const standByMs = 500;
/** Under load a round gathers what is committed within this time. The first event after a quiet time never waits. */
const roundMs = 20;
const closeMs = 5_000;

/**
 * Publishes what services commit to the outbox, in order and at least once: takes the oldest rows, publishes them,
 * deletes what was acknowledged. Of all the relays on a database one leads, and the others stand by.
 */
export function startRelay({ db, bus, source, log, metrics, pollMs = 250 }: RelayOptions): Relay {
  const { published } = relayMetrics(backlogAgeSeconds, metrics);
  const databaseOutage = createOutage(log, "reading the outbox");
  const busOutage = createOutage(log, "publishing events");
  const bell = createBell();
  const closing = new AbortController();
  const { signal } = closing;
  let session: OutboxSession | undefined;
  /** When the oldest event not published yet was committed, on this process's own clock. */
  let backlogSince: number | undefined;

  function backlogAgeSeconds(): number {
    return backlogSince === undefined ? 0 : (performance.now() - backlogSince) / 1000;
  }

  async function live(): Promise<void> {
    session = await openOutbox(db.pool);
    try {
      await serve(session);
    } finally {
      backlogSince = undefined;
      await session.close();
    }
  }

  async function serve(outbox: OutboxSession): Promise<void> {
    while (!signal.aborted) {
      if (await outbox.lead()) await round(outbox);
      else {
        databaseOutage.worked();
        await pause(standByMs, signal);
      }
    }
  }

  async function round(outbox: OutboxSession): Promise<void> {
    const startedAt = performance.now();
    const events = await outbox.take(batchSize);
    databaseOutage.worked();
    const [oldest] = events;
    backlogSince = oldest && performance.now() - oldest.ageSeconds * 1000;
    if (!oldest) return bell.wait(pollMs);

    try {
      await bus.publish(events.map((event) => toRecord(event, source)));
    } catch (error) {
      if (!signal.aborted) await pause(busOutage.failed(error), signal);
      return;
    }
    busOutage.worked();
    published.inc(events.length);
    await outbox.remove(events);
    backlogSince = undefined;
    if (events.length < batchSize)
      await pause(Math.max(0, roundMs - (performance.now() - startedAt)), signal);
  }

  const done = keepRunning(live, databaseOutage, signal);
  return {
    wake: () => bell.ring(),
    async close() {
      closing.abort();
      bell.ring();
      await atMost(closeMs, done);
      // A bus that does not answer: the rows stay, and whoever leads next publishes them.
      await session?.close();
    },
  };
}
