import { outboxAgeSeconds } from "@till/events/operate";
import type { Db } from "@till/postgres/statements";
import type { Log, Readiness } from "@till/telemetry";
import { startWorker, type Worker } from "@till/worker";

type FollowBacklogOptions = {
  readonly db: Pick<Db, "pool">;
  readonly readiness: Readiness;
  /** How long an event may wait to be published. */
  readonly maxAgeSeconds: number;
  readonly log: Log;
};

/**
 * Reports the bus as missing while an event has waited for longer than it may: what callers order then would not go on.
 * Calls are still served.
 */
export function followBacklog({ db, readiness, maxAgeSeconds, log }: FollowBacklogOptions): Worker {
  return startWorker({
    name: "reading the age of the outbox",
    everyMs: Math.min(maxAgeSeconds / 4, 15) * 1_000,
    log,
    async run() {
      readiness.set("kafka", (await outboxAgeSeconds(db)) <= maxAgeSeconds);
    },
  });
}
