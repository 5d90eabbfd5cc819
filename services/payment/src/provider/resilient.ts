import type { Log, Metrics } from "@till/telemetry";
import { abortAfter } from "@till/worker/abort-after";
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
import type { NoResponse, Provider } from "../rules/provider.ts";

export type Resilience = {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Consecutive outages after which the circuit opens. */
  readonly failures: number;
  /** How long the circuit is open at first; longer each time, up to 30 s. */
  readonly breakMs?: number;
  /** How long after its start a call may be sent again. */
  readonly retryMs: number;
};

/**
 * Wraps a provider with a circuit breaker and retries. While the circuit is half-open, one call at a time tests the
 * provider. Calls that were not sent, and reads, are tried up to three times under one key; a call that may have moved
 * money is not: its caller reads the outcome first.
 */
export function resilientProvider(provider: Provider, options: Resilience): Provider {
  const circuit = openCircuit(options);
  const { retryMs } = options;
  const unsent = { kind: "unsent", why: circuitOpen } as const;

  async function guard<Result, Open>(
    policy: RetryPolicy,
    work: () => Promise<Result>,
    whenOpen: Open,
  ): Promise<Result | Open> {
    using retrying = abortAfter(retryMs);
    let last: Result | undefined;
    const once = async ({ signal }: IRetryContext) => {
      // The time is over while this attempt waited.
      if (signal.aborted && last !== undefined) return last;
      // Another call is testing the provider.
      if (circuit.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      last = await circuit.execute(work);
      return last;
    };
    try {
      return await policy.execute(once, retrying.signal);
    } catch (error) {
      if (error instanceof BrokenCircuitError) return whenOpen;
      throw error;
    }
  }

  return {
    name: provider.name,
    charge: (charge) => guard(moving, () => provider.charge(charge), unsent),
    authorize: (charge) => guard(moving, () => provider.authorize(charge), unsent),
    capture: (operation) => guard(moving, () => provider.capture(operation), unsent),
    void: (operation) => guard(moving, () => provider.void(operation), unsent),
    refund: (operation) => guard(moving, () => provider.refund(operation), unsent),
    find: (ref) => guard(reading, () => provider.find(ref), unsent),
    findPaymentId: (transactionId) => guard(reading, () => provider.findPaymentId(transactionId), unsent),
    findOperation: (operation) => guard(reading, () => provider.findOperation(operation), unsent),
    describeCard: (token) =>
      guard(reading, () => provider.describeCard(token), { kind: "unreachable", why: circuitOpen } as const),
    // A reconciliation that fails starts again from the beginning.
    ledger: (range) => provider.ledger(range),
  };
}

const circuitOpen = "the provider's circuit is open";

const backoff = new ExponentialBackoff({ initialDelay: 50, maxDelay: 300 });
const moving = retry(handleWhenResult(wasUnsent), { maxAttempts: 2, backoff });
const reading = retry(
  handleWhenResult((result) => wasUnsent(result) || isOutage(result)),
  { maxAttempts: 2, backoff },
);

/** Not a request that the provider rejects as such: it would reject the same request again. */
function wasUnsent(result: unknown): boolean {
  const { kind, isInvalidRequest } = result as Partial<NoResponse>;
  return kind === "unsent" && !isInvalidRequest;
}

function isOutage(result: unknown): boolean {
  return (result as { readonly isOutage?: boolean }).isOutage === true;
}

function openCircuit({ log, metrics, failures, breakMs = 1_000 }: Resilience): CircuitBreakerPolicy {
  const state = new Gauge({
    name: "payment_provider_circuit_open",
    help: "1 while the payment provider's circuit is open.",
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
    log.warn({ failures }, "the payment provider's circuit opened");
  });
  circuit.onReset(() => {
    state.set(0);
    log.info("the payment provider's circuit closed");
  });
  return circuit;
}
