import { oldEventRows } from "@till/events/prune";
import type { Prunable } from "@till/postgres/prune";
import type { WebhookConfig } from "../config.ts";

/** The rows that are deleted by age: ended deliveries with their attempts, idempotency keys, and those of events. */
export function oldRows({
  keepDays,
  keepDeliveriesDays,
}: Pick<WebhookConfig, "keepDays" | "keepDeliveriesDays">): readonly Prunable[] {
  return [
    { table: "webhook_delivery", since: "ended_at", keepDays: keepDeliveriesDays },
    { table: "webhook_request", since: "created_at", keepDays: keepDays.keys },
    ...oldEventRows(keepDays),
  ];
}
