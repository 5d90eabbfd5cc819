import type { Log, Metrics } from "@till/telemetry";
import { observedProvider } from "./observed.ts";
import type { Provider } from "../rules/provider.ts";
import type { ProviderSettings } from "./provider-settings.ts";
import { resilientProvider } from "./resilient.ts";
import { sandboxProvider } from "./sandbox.ts";
import { stripeProvider } from "./stripe/stripe.ts";

export type OpenProviderOptions = {
  readonly settings: ProviderSettings;
  /** Consecutive outages after which the circuit opens. */
  readonly circuitFailures: number;
  /** How long after its start a call may be sent again. */
  readonly retryMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** The payment provider a deployment has chosen, measured, and left alone while it is away. */
export function openProvider({
  settings,
  circuitFailures,
  retryMs,
  log,
  metrics,
}: OpenProviderOptions): Provider {
  return resilientProvider(observedProvider(adapterOf(settings), { log, metrics }), {
    failures: circuitFailures,
    retryMs,
    log,
    metrics,
  });
}

/** The provider's adapter alone. */
export function adapterOf(settings: ProviderSettings): Provider {
  switch (settings.kind) {
    case "stripe":
      return stripeProvider(settings);
    case "sandbox":
      return sandboxProvider(settings);
  }
}
