import type { IncomingEvent } from "@till/events/consume";
import { onPaymentFailed } from "./payments/on-payment-failed.ts";
import { onPaymentProcessed } from "./payments/on-payment-processed.ts";
import { onPaymentVoided } from "./payments/on-payment-voided.ts";
import { onPaymentRefundFailed } from "./refunds/on-payment-refund-failed.ts";
import { onPaymentRefunded } from "./refunds/on-payment-refunded.ts";
import { onPaymentDisputeClosed } from "./refunds/on-payment-dispute-closed.ts";
import { onPaymentDisputed } from "./refunds/on-payment-disputed.ts";
import type { Policies } from "./rules/policies.ts";
import { onStockReleased } from "./stock/on-stock-released.ts";
import type { Reader } from "./store/order-reads.ts";
import type { OrderUpdates } from "./store/update-by-command.ts";

/** The handler of each event that the order service consumes. */
export function consumers(deps: OrderUpdates & { readonly db: Reader; readonly policies: Policies }) {
  return {
    "payment.processed": onPaymentProcessed(deps),
    "payment.failed": onPaymentFailed(deps),
    "payment.voided": onPaymentVoided(deps),
    "payment.refunded": onPaymentRefunded(deps),
    "payment.refund_failed": onPaymentRefundFailed(deps),
    "payment.disputed": onPaymentDisputed(deps),
    "payment.dispute_closed": onPaymentDisputeClosed(deps),
    "inventory.stock_release_processed": onStockReleased(deps),
  } as const satisfies Readonly<Record<string, (event: IncomingEvent) => Promise<void>>>;
}
