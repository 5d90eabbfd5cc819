import { createLease } from "@till/postgres/lease";
import type { Db } from "@till/postgres/statements";
import type { Log, Metrics } from "@till/telemetry";
import { inSpan } from "@till/tracing";
import { startWorker, type Worker } from "@till/worker";
import { createOutage } from "@till/worker/outage";
import { pause } from "@till/worker/pause";
import type { Bus } from "../bus/bus.ts";
import { relayMetrics } from "../event-metrics.ts";
import { deliver, type Rejection } from "./deliver.ts";
import { batchSize, openOutbox, type OutboxSession } from "./outbox-session.ts";

export type RelayOptions = {
  readonly db: Pick<Db, "pool">;
  readonly bus: Bus;
  /** The events' ce_source, such as "till/order". */
  readonly source: string;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** How often a relay looks without a notification whether other processes have left events. */
  readonly pollMs?: number;
};

const standByMs = 500;
/** How often the leader looks for the events of the other processes. */
const leaderMs = 250;
/** A leader that the bus fails so often in a row lets another one try, whose way to the bus may be open. */
const mostFailures = 3;
/** Under load a round gathers what is committed within this time. The first event after a quiet time never waits. */
const gatherMs = 20;
/** How long published rows wait at most for a next reading to remove them. */
const removeMs = 100;

/**
 * Publishes the events that services commit to the outbox, in order and at least once: reads the oldest rows, publishes
 * them, deletes the acknowledged ones with the next reading. Of all relays on a database one leads, by a lease that it takes when there are events
 * and keeps for about a second after them, and the others stand by. An event that the bus rejects is moved to the table
 * rejected_event. Notify the returned worker of each commit.
 */
export function startRelay({ db, bus, source, log, metrics, pollMs = 2_000 }: RelayOptions): Worker {
  const { published, rejected: rejections } = relayMetrics(backlogAgeSeconds, metrics);
  const lease = createLease("outbox relay");
  const busOutage = createOutage(log, "publishing events");
  /** When the oldest unpublished event was committed, on this process's own clock. */
  let backlogSince: number | undefined;
  let failures = 0;

  function backlogAgeSeconds(): number {
    return backlogSince === undefined ? 0 : (performance.now() - backlogSince) / 1000;
  }

  async function open() {
    const outbox = await openOutbox(db.pool, lease);
    return {
      ...outbox,
      async close() {
        backlogSince = undefined;
        await outbox.close();
      },
    };
  }

  async function run(signal: AbortSignal, outbox: OutboxSession): Promise<"more" | number | void> {
    if (!outbox.isLeading() && (await outbox.isEmpty())) {
      backlogSince = undefined;
      return outbox.resign();
    }
    if (!(await outbox.lead())) {
      backlogSince = undefined;
      await pause(standByMs, signal);
      return "more";
    }
    // After a batch that was not full there was nothing else, and a later commit notifies.
    if (await publishBatch(outbox, signal)) return "more";
    return outbox.hasPublished() ? removeMs : leaderMs;
  }

  /** Returns whether there may be more: after a full batch, or where the bus failed. */
  async function publishBatch(outbox: OutboxSession, signal: AbortSignal): Promise<boolean> {
    const events = await outbox.take();
    const [oldest] = events;
    backlogSince = oldest && performance.now() - oldest.ageSeconds * 1000;
    if (!oldest) return false;
    const relaying = { kind: "internal", parent: () => oldest.traceparent } as const;
    const {
      published: done,
      rejected,
      failure,
    } = await inSpan("relay events", relaying, async () => {
      const delivery = await deliver(bus, source, events);
      outbox.published(delivery.published);
      return delivery;
    });
    published.inc(done.length);
    for (const rejection of rejected) await reject(outbox, rejection);
    if (failure !== undefined) {
      await afterFailure(outbox, failure, signal);
      return true;
    }
    failures = 0;
    busOutage.worked();
    backlogSince = undefined;
    return events.length === batchSize;
  }

  async function reject(outbox: OutboxSession, { event, error }: Rejection): Promise<void> {
    await outbox.reject(event, error.message);
    rejections.inc();
    const { id, type, topic, subject: key } = event;
    log.error(
      { event_id: id, type, topic, key, err: error },
      "event rejected by the bus: it is not published",
    );
  }

  async function afterFailure(outbox: OutboxSession, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    failures += 1;
    const waitMs = busOutage.failed(error);
    if (failures < mostFailures) return pause(waitMs, signal);
    failures = 0;
    await outbox.resign();
    backlogSince = undefined;
    // Long enough for another relay to notice.
    await pause(Math.max(waitMs, 3 * standByMs), signal);
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
