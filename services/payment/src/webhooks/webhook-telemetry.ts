import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { ProviderEvent } from "./provider-events.ts";
import type { News, RefusalCode } from "./webhook-source.ts";

/** What operators are told of webhooks: ids and outcomes, never a body or a signature. */
export type WebhookTelemetry = ReturnType<typeof webhookTelemetry>;

/** Opens the counters and log lines of the webhook door and of what comes through it. */
export function webhookTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const received = new Counter({
    name: "payment_webhook_total",
    help: "Webhooks by provider and by what was made of them: recorded, repeated, irrelevant, or why refused.",
    labelNames: ["provider", "outcome"],
    registers: [metrics],
  });
  const events = new Counter({
    name: "payment_provider_event_total",
    help: "Providers' events by what became of them: handled, parked, failed (tried again) or given_up.",
    labelNames: ["provider", "outcome"],
    registers: [metrics],
  });
  const count = ({ provider }: ProviderEvent, outcome: string) => events.inc({ provider, outcome });

  return {
    received(provider: string, { eventId, paymentId, type }: News, isNew: boolean): void {
      received.inc({ provider, outcome: isNew ? "recorded" : "repeated" });
      log.debug({ provider, provider_event_id: eventId, payment_id: paymentId, type }, "webhook received");
    },
    irrelevant(provider: string): void {
      received.inc({ provider, outcome: "irrelevant" });
    },
    refused(provider: string, code: RefusalCode, peerAddress: string): void {
      received.inc({ provider, outcome: code });
      log.warn({ provider, reason: code, peerAddress }, "webhook refused");
    },
    handled(about: readonly ProviderEvent[]): void {
      for (const event of about) count(event, "handled");
    },
    parked(event: ProviderEvent): void {
      count(event, "parked");
      if (event.attempts === 1) log.info(factsOf(event), "webhook parked: its payment is not known yet");
    },
    failed(event: ProviderEvent, error: unknown): void {
      count(event, "failed");
      log.warn({ ...factsOf(event), err: error }, "webhook could not be handled, it is tried again");
    },
    givenUp(event: ProviderEvent, error: unknown): void {
      count(event, "given_up");
      log.error({ ...factsOf(event), err: error }, "webhook given up");
    },
  };
}

function factsOf({ provider, eventId, paymentId, attempts }: ProviderEvent) {
  return { provider, provider_event_id: eventId, payment_id: paymentId, attempts };
}
