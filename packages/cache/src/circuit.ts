import type { Log, Metrics } from "@till/telemetry";
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  timeout,
  TimeoutStrategy,
  wrap,
} from "cockatiel";
import { Counter } from "prom-client";

type Circuit = {
  /** Returns the call's result, or `otherwise` where the call fails or takes too long, or the circuit is open. */
  run<Result>(call: () => Promise<Result>, otherwise: Result): Promise<Result>;
  /** Opens the circuit for a failure outside a call, such as a lost connection. */
  open(error: Error): void;
};

type CircuitOptions = {
  readonly log?: Log | undefined;
  readonly metrics?: Metrics | undefined;
  readonly limitMs: number;
  readonly openMs?: number;
};

/**
 * Opens on the first failure. After `openMs` one call is tried in the background, so that no caller waits for a store
 * that may still be away; its success closes the circuit. Logs once when it opens and once when it closes.
 */
export function circuit({ log, metrics, limitMs, openMs = 1_000 }: CircuitOptions): Circuit {
  const errors = metrics && errorCounter(metrics);
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(1) });
  const guard = wrap(breaker, timeout(limitMs, TimeoutStrategy.Aggressive));
  let isAway = false;
  breaker.onFailure(({ reason }) => {
    errors?.inc();
    if (isAway) return;
    isAway = true;
    const err = "error" in reason ? reason.error : reason.value;
    log?.warn({ err }, "cache store is away, lookups go on without it");
  });
  breaker.onReset(() => {
    isAway = false;
    log?.info("cache store is back");
  });

  /** Sends nothing while the circuit is open; when it may close, this is the call that finds out. */
  function tryInBackground(call: () => Promise<unknown>): void {
    guard.execute(call).catch(() => undefined);
  }

  return {
    open(error) {
      if (breaker.state === CircuitState.Closed) tryInBackground(() => Promise.reject(error));
      else errors?.inc();
    },
    async run(call, otherwise) {
      if (breaker.state === CircuitState.Open) tryInBackground(call);
      if (breaker.state !== CircuitState.Closed) return otherwise;
      try {
        return await guard.execute(call);
      } catch {
        return otherwise;
      }
    },
  };
}

function errorCounter(metrics: Metrics): Counter {
  const name = "till_cache_store_errors_total";
  const known = metrics.getSingleMetric(name) as Counter | undefined;
  return known ?? new Counter({ name, help: "calls that the cache store failed", registers: [metrics] });
}
