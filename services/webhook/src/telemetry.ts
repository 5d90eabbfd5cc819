import type { Log, Metrics } from "@till/telemetry";
import { Counter, Histogram } from "prom-client";
import type { Attempt, Outcome } from "./rules/delivery.ts";

/** What operators see of webhooks. */
export type WebhookTelemetry = ReturnType<typeof webhookTelemetry>;

type DeliveryIds = { readonly deliveryId: string; readonly endpointId: string; readonly orderId: string };

/** Opens the webhook service's metrics and log lines. */
export function webhookTelemetry({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }) {
  const attempts = new Counter({
    name: "webhook_attempt_total",
    help: "Attempts to deliver a webhook, by the delivery's status after it: PENDING is attempted again.",
    labelNames: ["status"],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: "webhook_attempt_seconds",
    help: "How long attempts took.",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15],
    registers: [metrics],
  });
  const idsOf = ({ deliveryId, endpointId, orderId }: DeliveryIds) => ({
    delivery_id: deliveryId,
    endpoint_id: endpointId,
    order_id: orderId,
  });

  return {
    attempted(delivery: DeliveryIds, { statusCode, error, durationMs }: Attempt, outcome: Outcome): void {
      attempts.inc({ status: outcome.status });
      seconds.observe(durationMs / 1000);
      const facts = { ...idsOf(delivery), status_code: statusCode, why: error };
      if (outcome.status === "FAILED") log.error(facts, "webhook failed: there is no further attempt");
      else if (outcome.status === "PENDING") log.info(facts, "webhook not acknowledged");
    },
    notRecorded(delivery: DeliveryIds, error: unknown): void {
      log.warn({ ...idsOf(delivery), err: error }, "webhook attempt not recorded: it is sent again");
    },
  };
}
