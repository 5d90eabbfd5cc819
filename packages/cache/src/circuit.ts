import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";

export type Circuit = {
  /** The call's result; `otherwise` when it fails, takes too long, or an earlier one did and the rest is not over. */
  run<Result>(call: () => Promise<Result>, otherwise: Result): Promise<Result>;
  /** Tells of a failure that was seen outside a call, such as a lost connection. */
  fail(error: unknown): void;
};

type CircuitOptions = {
  readonly log?: Log | undefined;
  readonly metrics?: Metrics | undefined;
  readonly limitMs: number;
  readonly restMs?: number;
  readonly now?: () => number;
};

/**
 * Opens on the first failure. After a rest one call is tried in the background, so that no caller waits for
 * something that may still be away, and its success closes the circuit. One log line an opening.
 */
export function circuit({ log, metrics, limitMs, restMs = 1_000, now = monotonic }: CircuitOptions): Circuit {
  const errors = metrics && errorCounter(metrics);
  let state: "closed" | "open" | "trying" = "closed";
  let restUntil = 0;

  function fail(error: unknown): void {
    errors?.inc();
    if (state === "closed") log?.warn({ err: error }, "cache store is away, lookups go on without it");
    state = "open";
    restUntil = now() + restMs;
  }

  async function tryAgain(call: () => Promise<unknown>): Promise<void> {
    state = "trying";
    try {
      await within(limitMs, call);
      state = "closed";
      log?.info("cache store is back");
    } catch (error) {
      fail(error);
    }
  }

  return {
    fail,
    async run(call, otherwise) {
      if (state === "open" && now() >= restUntil) void tryAgain(call);
      if (state !== "closed") return otherwise;
      try {
        return await within(limitMs, call);
      } catch (error) {
        fail(error);
        return otherwise;
      }
    },
  };
}

async function within<Result>(limitMs: number, call: () => Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([call(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function errorCounter(metrics: Metrics): Counter {
  const name = "till_cache_store_errors_total";
  const known = metrics.getSingleMetric(name) as Counter | undefined;
  return known ?? new Counter({ name, help: "calls that the cache store failed", registers: [metrics] });
}

function monotonic(): number {
  return performance.now();
}
