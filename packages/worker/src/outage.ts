import type { Log } from "@till/telemetry";
import { backOffMs } from "./back-off.ts";

export type Outage = {
  /** Counts a failure; returns the milliseconds to wait before the next try. */
  failed(error: unknown): number;
  /** Ends the outage, if there is one. */
  worked(): void;
};

/** Counts the failures in a row of `what`, and logs the first one and the recovery, not each try. */
export function createOutage(log: Log, what: string, limits = { firstMs: 100, maxMs: 2_000 }): Outage {
  let failures = 0;
  let since = 0;
  return {
    failed(error) {
      failures += 1;
      if (failures === 1) {
        since = performance.now();
        log.warn({ err: error }, `${what} failed; trying again until it works`);
      } else log.debug({ err: error, failures }, `${what} failed again`);
      return backOffMs(failures, limits);
    },
    worked() {
      if (failures === 0) return;
      const seconds = Math.round((performance.now() - since) / 100) / 10;
      log.info({ failures, seconds }, `${what} works again`);
      failures = 0;
    },
  };
}
