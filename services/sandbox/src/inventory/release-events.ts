import type { Bus, EventRecord } from "@till/events/bus";
import { toRecord } from "@till/events/outbox";
import type { Log } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import type { Journal } from "../journal.ts";
import type { Released } from "./reservations.ts";

export type ReleaseNews = {
  /** Has inventory.stock_release_processed published, unless there was nothing to put back. Waits for nothing. */
  tell(released: Released, traceparent: string): void;
  /** Gives what is still unpublished one more second. */
  close(): Promise<void>;
};

/** Publishes releases in the background, trying again until the bus has them. */
export function releaseNews(bus: Bus, log: Log, journal: Journal): ReleaseNews {
  const page = journal.page<Unpublished>("releases");
  const unpublished = new Map(page.earlier.map(({ id, record }) => [id, record]));
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
          page.strike(id);
        }
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1)
          log.warn({ err: error }, "publishing releases failed; trying again until it works");
        const pauseMs = Math.min(2_000, 100 * 2 ** failures);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined); // closing cuts it short
      }
    }
    publishing = undefined;
  }

  if (unpublished.size > 0) publishing = publishAll();
  return {
    tell(released, traceparent) {
      if (released.lines.length === 0) return;
      const [id, record] = [released.releaseId, recordOf(released, traceparent)];
      unpublished.set(id, record);
      page.write(id, { id, record });
      publishing ??= publishAll();
    },
    async close() {
      if (publishing) await Promise.race([publishing, delay(1_000, undefined, { signal })]);
      closing.abort();
      if (unpublished.size > 0)
        log.warn({ releases: unpublished.size }, "stopped before these were published");
    },
  };
}

type Unpublished = { readonly id: string; readonly record: EventRecord };

/** The same id however often it is told, so that consumers count it once. */
function recordOf({ releaseId, orderId, lines, releasedAt }: Released, traceparent: string): EventRecord {
  const time = new Date(releasedAt);
  return toRecord(
    {
      id: releaseId,
      type: "inventory.stock_release_processed",
      topic: "inventory.events",
      subject: orderId,
      dataVersion: 1, // an order's goods are released once
      time,
      traceparent,
      data: JSON.stringify({ orderId, releasedAt: time.toISOString(), lines }),
    },
    "till-sandbox/inventory",
  );
}
