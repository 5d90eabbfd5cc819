import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { paymentRefunded } from "../payments/payment-events.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { applyRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refunded: the order is REFUNDED once all its money is back. */
export function onPaymentRefunded(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const facts = paymentRefunded(event.data);
    return updateByEvent(deps, event, facts.orderId, (order, context) => applyRefund(order, facts, context));
  };
}
