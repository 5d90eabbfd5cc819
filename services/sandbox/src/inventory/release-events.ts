import type { WrittenBody } from "@till/contracts";
import { inventoryTopic, type inventoryEvents } from "@till/contracts/inventory-events";
import type { Bus, EventRecord } from "@till/events/bus";
import { toRecord } from "@till/events/outbox";
import type { Log } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import type { Journal } from "../journal.ts";
import type { Released } from "./reservations.ts";

export type ReleaseEvents = {
  /** Queues inventory.stock_release_processed for publishing, unless the release had no lines. */
  publish(released: Released, traceparent: string): void;
  /** Waits up to a second for unpublished events. */
  close(): Promise<void>;
};

/** Publishes release events in the background, retrying until the bus accepts them. */
export function publishReleases(bus: Bus, log: Log, journal: Journal): ReleaseEvents {
  const section = journal.section<Unpublished>("releases");
  const unpublished = new Map(section.restored.map(({ id, record }) => [id, record]));
  const closing = new AbortController();
  const { signal } = closing;
  let publishing: Promise<void> | undefined;

  async function publishAll(): Promise<void> {
    let failures = 0;
    while (unpublished.size > 0 && !signal.aborted) {
      const batch = [...unpublished].slice(0, 500);
      try {
        await bus.publish(batch.map(([, record]) => record));
        for (const [id] of batch) {
          unpublished.delete(id);
          section.remove(id);
        }
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) log.warn({ err: error }, "publishing release events failed and will be retried");
        const pauseMs = Math.min(2_000, 100 * 2 ** failures);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined); // closing aborts the pause
      }
    }
    publishing = undefined;
  }

  if (unpublished.size > 0) publishing = publishAll();
  return {
    publish(released, traceparent) {
      if (released.lines.length === 0) return;
      const [id, record] = [released.releaseId, recordOf(released, traceparent)];
      unpublished.set(id, record);
      section.put(id, { id, record });
      publishing ??= publishAll();
    },
    async close() {
      if (publishing) await Promise.race([publishing, delay(1_000, undefined, { signal })]);
      closing.abort();
      if (unpublished.size > 0)
        log.warn({ releases: unpublished.size }, "stopped with unpublished release events");
    },
  };
}

type Unpublished = { readonly id: string; readonly record: EventRecord };

/** The event id is the release's, so that consumers apply it once. */
function recordOf({ releaseId, orderId, lines, releasedAt }: Released, traceparent: string): EventRecord {
  const time = new Date(releasedAt);
  const type = "inventory.stock_release_processed";
  const body: WrittenBody<(typeof inventoryEvents)[typeof type]> = {
    orderId,
    releasedAt: time,
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
  };
  return toRecord(
    {
      id: releaseId,
      type,
      topic: inventoryTopic,
      subject: orderId,
      dataVersion: 1, // an order is released once
      time,
      traceparent,
      data: JSON.stringify(body),
    },
    "till-sandbox/inventory",
  );
}
