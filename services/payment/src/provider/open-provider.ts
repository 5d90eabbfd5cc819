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
  const provider = settings.kind === "stripe" ? stripeProvider(settings) : sandboxProvider(settings);
  return resilientProvider(observedProvider(provider, { log, metrics }), {
    failures: circuitFailures,
    retryMs,
    log,
    metrics,
  });
}
