import { oldEventRows } from "@till/events/prune";
import type { Prunable } from "@till/postgres/prune";
import type { PaymentConfig } from "../config.ts";

/**
 * The rows that are deleted by age: idempotency keys of payment methods, the provider's events, and those of Till's. The key
 * of a payment, an operation or a reconciliation is part of its row and stays with it.
 */
export function oldRows({ keepDays }: Pick<PaymentConfig, "keepDays">): readonly Prunable[] {
  return [
    { table: "payment_method_request", since: "created_at", keepDays: keepDays.keys },
    { table: "provider_event", since: "handled_at", keepDays: keepDays.events },
    {
      table: "provider_event",
      since: "received_at",
      keepDays: keepDays.unresolved,
      where: "handled_at IS NULL AND next_attempt_at IS NULL",
    },
    ...oldEventRows(keepDays),
  ];
}
