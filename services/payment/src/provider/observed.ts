import { callBuckets, type Log, type Metrics } from "@till/telemetry";
import { inSpan } from "@till/tracing";
import { Counter, Histogram } from "prom-client";
import type { NoResponse, Provider } from "../rules/provider.ts";

/** The provider, with the time it takes measured, and an alert for each request that it rejects as such. */
export function observedProvider(
  provider: Provider,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Provider {
  const seconds = new Histogram({
    name: "payment_provider_seconds",
    help: "Duration of calls to the payment provider, by call and outcome.",
    labelNames: ["call", "outcome"],
    buckets: callBuckets,
    registers: [metrics],
  });
  const invalid = new Counter({
    name: "payment_provider_invalid_request_total",
    help: "Requests that the payment provider rejects as such: Till or its configuration is at fault.",
    labelNames: ["call"],
    registers: [metrics],
  });
  async function timed<Result extends object>(call: string, work: () => Promise<Result>): Promise<Result> {
    const stop = seconds.startTimer({ call });
    const result = await inSpan(`${provider.name} ${call}`, { kind: "client", onlyWithin: true }, work);
    stop({ outcome: "kind" in result ? String(result.kind) : "found" });
    const { isInvalidRequest, why } = result as Partial<NoResponse>;
    if (isInvalidRequest) {
      invalid.inc({ call });
      log.error({ provider: provider.name, call, why }, "the payment provider rejects Till's requests");
    }
    return result;
  }
  return {
    name: provider.name,
    charge: (charge) => timed("charge", () => provider.charge(charge)),
    authorize: (charge) => timed("authorize", () => provider.authorize(charge)),
    find: (payment) => timed("find", () => provider.find(payment)),
    findPaymentId: (transactionId) => timed("find_payment_id", () => provider.findPaymentId(transactionId)),
    capture: (operation) => timed("capture", () => provider.capture(operation)),
    void: (operation) => timed("void", () => provider.void(operation)),
    refund: (operation) => timed("refund", () => provider.refund(operation)),
    findOperation: (operation) => timed("find_operation", () => provider.findOperation(operation)),
    describeCard: (token) => timed("describe_card", () => provider.describeCard(token)),
    ledger: (range) => provider.ledger(range),
  };
}
