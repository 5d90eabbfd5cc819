import type { IncomingEvent } from "@till/events/consume";
import { paymentRefundFailed } from "../payments/payment-events.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { failRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refund_failed: the order returns to the status before the refund, which may be tried again. */
export function onPaymentRefundFailed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { remark, ...facts } = paymentRefundFailed(event.data);
    return updateByEvent(updates, event, facts.orderId, (order, context) =>
      failRefund(order, facts, remark, context),
    );
  };
}
