import type { IncomingEvent } from "@till/events";
import type { Deps } from "./deps.ts";
import { onPaymentFailed } from "./on-payment-failed.ts";
import { onPaymentProcessed } from "./on-payment-processed.ts";

/** Every event the order service reacts to. */
export function consumers(deps: Deps): Record<string, (event: IncomingEvent) => Promise<void>> {
  return {
    "payment.processed": onPaymentProcessed(deps),
    "payment.failed": onPaymentFailed(deps),
  };
}
