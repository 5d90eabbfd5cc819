import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";

/** Shows whether rates are shared: a line of the log for each change, and what this process has counted alone. */
export type Sharing = {
  readonly failed: (error: unknown) => void;
  readonly worked: () => void;
  /** Counts what is not counted in Redis because of an error. */
  readonly countedInMemory: (error: unknown) => void;
};

type Cause = "rights" | "away";

/** A Redis that fails now and then is one change, not many. */
const quietMs = 10_000;

const warnings: Readonly<Record<Cause, string>> = {
  rights: "rates are not shared: the Redis user lacks rights, which npm run doctor names",
  away: "rates are not shared: Redis is away",
};

/** Watches the rates of one process. */
export function watchSharing({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): Sharing {
  const inMemory = countedInMemory(metrics);
  let warnedOf: Cause | undefined;
  let failedAt = 0;
  return {
    failed(error) {
      failedAt = performance.now();
      const cause = causeOf(error);
      if (warnedOf !== cause) log.warn({ err: error }, warnings[cause]);
      warnedOf = cause;
    },
    worked() {
      if (warnedOf === undefined || performance.now() - failedAt < quietMs) return;
      warnedOf = undefined;
      log.info("rates are shared again");
    },
    countedInMemory: (error) => inMemory.inc({ cause: causeOf(error) }),
  };
}

/** Redis has words of its own for what a script may not run. */
function causeOf(error: unknown): Cause {
  const text = error instanceof Error ? error.message : "";
  return /NOPERM|NOAUTH|WRONGPASS|can't run this command|can't access/.test(text) ? "rights" : "away";
}

const name = "rates_counted_in_memory_total";

/** The metric of the registry: all rates of one process share it. */
function countedInMemory(metrics: Metrics): Counter<"cause"> {
  const known = metrics.getSingleMetric(name) as Counter<"cause"> | undefined;
  return (
    known ??
    new Counter({
      name,
      help: "What was counted in this process alone, though there is a Redis, by cause: rights (of its user) or away.",
      labelNames: ["cause"],
      registers: [metrics],
    })
  );
}
