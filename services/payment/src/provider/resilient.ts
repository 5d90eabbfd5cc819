import type { Log, Metrics } from "@till/telemetry";
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  halfJitterGenerator,
  handleWhenResult,
  retry,
  type CircuitBreakerPolicy,
  type IRetryContext,
  type RetryPolicy,
} from "cockatiel";
import { Gauge } from "prom-client";
import type { Provider } from "../rules/provider.ts";

export type Resilience = {
  readonly log: Log;
  readonly metrics: Metrics;
  /** How many calls in a row must find the provider away before it is left alone. */
  readonly failures: number;
  /** How long it is left alone at first; longer each time, up to half a minute. */
  readonly breakMs?: number;
  /** How long after its beginning a call may still be sent again. */
  readonly retryMs: number;
};

/**
 * A provider that is left alone while it is away: nothing is sent then, and one call at a time finds out whether it is
 * back. What was surely not sent, and what only reads, is tried up to three times under its one key. What may have
 * moved money never is: whoever does that asks first what became of it.
 */
export function resilientProvider(provider: Provider, options: Resilience): Provider {
  const circuit = openCircuit(options);
  const { retryMs } = options;
  const unsent = { kind: "unsent", why: circuitOpen } as const;

  function guard<Result, Open>(policy: RetryPolicy, work: () => Promise<Result>, whenOpen: Open) {
    let said: Result | undefined;
    const once = async ({ signal }: IRetryContext) => {
      // The wait before this try took what was left of the time.
      if (signal.aborted && said !== undefined) return said;
      // The one call that finds out is under way already.
      if (circuit.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      said = await circuit.execute(work);
      return said;
    };
    const attempts: Promise<Result | Open> = policy.execute(once, AbortSignal.timeout(retryMs));
    return attempts.catch((error: unknown) => {
      if (error instanceof BrokenCircuitError) return whenOpen;
      throw error;
    });
  }

  return {
    name: provider.name,
    charge: (charge) => guard(moving, () => provider.charge(charge), unsent),
    authorize: (charge) => guard(moving, () => provider.authorize(charge), unsent),
    capture: (operation) => guard(moving, () => provider.capture(operation), unsent),
    void: (operation) => guard(moving, () => provider.void(operation), unsent),
    refund: (operation) => guard(moving, () => provider.refund(operation), unsent),
    find: (ref) => guard(reading, () => provider.find(ref), unsent),
    findOperation: (operation) => guard(reading, () => provider.findOperation(operation), unsent),
    describeCard: (token) =>
      guard(reading, () => provider.describeCard(token), { kind: "unreachable", why: circuitOpen } as const),
    // Whoever reads it starts again by itself: the rest of a ledger is no use.
    ledger: (range) => provider.ledger(range),
  };
}

const circuitOpen = "the provider has been away and is left alone for a moment";

const backoff = new ExponentialBackoff({ initialDelay: 50, maxDelay: 300 });
const moving = retry(handleWhenResult(wasUnsent), { maxAttempts: 2, backoff });
const reading = retry(
  handleWhenResult((result) => wasUnsent(result) || isOutage(result)),
  { maxAttempts: 2, backoff },
);

function wasUnsent(result: unknown): boolean {
  return (result as { readonly kind?: string }).kind === "unsent";
}

function isOutage(result: unknown): boolean {
  return (result as { readonly isOutage?: boolean }).isOutage === true;
}

function openCircuit({ log, metrics, failures, breakMs = 1_000 }: Resilience): CircuitBreakerPolicy {
  const state = new Gauge({
    name: "payment_provider_circuit_open",
    help: "1 while the payment provider is left alone because it was away.",
    registers: [metrics],
  });
  const circuit = circuitBreaker(handleWhenResult(isOutage), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: new ExponentialBackoff({
      initialDelay: breakMs,
      maxDelay: 30_000,
      generator: halfJitterGenerator,
    }),
  });
  circuit.onBreak(() => {
    state.set(1);
    log.warn({ failures }, "the payment provider is away and is left alone for a moment");
  });
  circuit.onReset(() => {
    state.set(0);
    log.info("the payment provider is back");
  });
  return circuit;
}
