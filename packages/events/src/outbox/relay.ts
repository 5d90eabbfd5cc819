import type { Db } from "@till/postgres/statements";
import type { Log, Metrics } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";
import { createOutage } from "@till/worker/outage";
import { pause } from "@till/worker/pause";
import type { Bus } from "../bus/bus.ts";
import { toRecord } from "../envelope.ts";
import { relayMetrics } from "../event-metrics.ts";
import { openOutbox, type OutboxSession } from "./outbox-session.ts";

export type RelayOptions = {
  readonly db: Pick<Db, "pool">;
  readonly bus: Bus;
  /** The events' ce_source, such as "till/order". */
  readonly source: string;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** How often the outbox is read without a notification, for the commits of other processes. */
  readonly pollMs?: number;
};

const batchSize = 500;
const standByMs = 500;
/** Under load a round gathers what is committed within this time. The first event after a quiet time never waits. */
const gatherMs = 20;

/**
 * Publishes the events that services commit to the outbox, in order and at least once: reads the oldest rows, publishes
 * them, deletes the acknowledged ones. Of all relays on a database one leads, and the others stand by. Notify the
 * returned worker of each commit.
 */
export function startRelay({ db, bus, source, log, metrics, pollMs = 250 }: RelayOptions): Worker {
  const { published } = relayMetrics(backlogAgeSeconds, metrics);
  const busOutage = createOutage(log, "publishing events");
  /** When the oldest unpublished event was committed, on this process's own clock. */
  let backlogSince: number | undefined;

  function backlogAgeSeconds(): number {
    return backlogSince === undefined ? 0 : (performance.now() - backlogSince) / 1000;
  }

  async function open() {
    const outbox = await openOutbox(db.pool);
    return {
      ...outbox,
      async close() {
        backlogSince = undefined;
        await outbox.close();
      },
    };
  }

  async function run(signal: AbortSignal, outbox: OutboxSession): Promise<"more" | void> {
    if (!(await outbox.lead())) {
      await pause(standByMs, signal);
      return "more";
    }
    let count: number;
    do count = await publishBatch(outbox, signal);
    while (count === batchSize && !signal.aborted);
    if (count > 0) return "more";
  }

  /** Returns the number of events published, or 1 where the bus rejected them after a while. */
  async function publishBatch(outbox: OutboxSession, signal: AbortSignal): Promise<number> {
    const events = await outbox.take(batchSize);
    const [oldest] = events;
    backlogSince = oldest && performance.now() - oldest.ageSeconds * 1000;
    if (!oldest) return 0;
    try {
      await bus.publish(events.map((event) => toRecord(event, source)));
    } catch (error) {
      if (!signal.aborted) await pause(busOutage.failed(error), signal);
      return 1;
    }
    busOutage.worked();
    published.inc(events.length);
    await outbox.remove(events);
    backlogSince = undefined;
    return events.length;
  }

  return startWorker({
    name: "reading the outbox",
    everyMs: pollMs,
    gatherMs,
    log,
    open,
    run,
    // A bus that does not respond: the rows stay, and the next leader publishes them.
    closeMs: 5_000,
  });
}
