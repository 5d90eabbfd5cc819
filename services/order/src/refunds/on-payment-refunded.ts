import type { IncomingEvent } from "@till/events/consume";
import { paymentRefunded } from "../payments/payment-events.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { applyRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refunded: the order is REFUNDED once all its money was refunded. */
export function onPaymentRefunded(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const facts = paymentRefunded(event.data);
    return updateByEvent(updates, event, facts.orderId, (order, context) =>
      applyRefund(order, facts, context),
    );
  };
}
