import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { NamedPayment } from "../rules/provider.ts";
import type { ProviderEvent } from "../store/provider-events.ts";
import type { PaymentNotice, RejectionCode } from "./webhook-source.ts";

/** The webhooks' log lines and counters: ids and outcomes, never a body or a signature. */
export type WebhookTelemetry = ReturnType<typeof webhookTelemetry>;

/** Opens the counters and log lines of the webhooks and their events. */
export function webhookTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const received = new Counter({
    name: "payment_webhook_total",
    help: "Webhooks by provider and outcome: recorded, repeated, known (it tells nothing new), irrelevant, or the reason of a rejection.",
    labelNames: ["provider", "outcome"],
    registers: [metrics],
  });
  const events = new Counter({
    name: "payment_provider_event_total",
    help: "Providers' events by outcome: handled, parked, failed (tried again) or abandoned.",
    labelNames: ["provider", "outcome"],
    registers: [metrics],
  });
  const count = ({ provider }: ProviderEvent, outcome: string) => events.inc({ provider, outcome });

  return {
    received(provider: string, notice: PaymentNotice, outcome: "recorded" | "repeated" | "known"): void {
      received.inc({ provider, outcome });
      const { eventId: provider_event_id, type } = notice;
      log.debug({ provider, provider_event_id, ...idsOf(notice), type, outcome }, "webhook received");
    },
    irrelevant(provider: string): void {
      received.inc({ provider, outcome: "irrelevant" });
    },
    rejected(provider: string, code: RejectionCode, peerAddress: string): void {
      received.inc({ provider, outcome: code });
      log.warn({ provider, reason: code, peerAddress }, "webhook rejected");
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
    abandoned(event: ProviderEvent, error: unknown): void {
      count(event, "abandoned");
      log.error({ ...factsOf(event), err: error }, "webhook abandoned");
    },
  };
}

function factsOf(event: ProviderEvent) {
  const { provider, eventId: provider_event_id, attempts } = event;
  return { provider, provider_event_id, ...idsOf(event), attempts };
}

function idsOf({ paymentId: payment_id, transactionId: transaction_id }: NamedPayment) {
  return payment_id === undefined ? { transaction_id } : { payment_id };
}
