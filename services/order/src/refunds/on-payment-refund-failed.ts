import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { paymentRefundFailed } from "../payments/payment-events.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { failRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refund_failed: the order returns to where it was, and the refund may be tried again. */
export function onPaymentRefundFailed(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { remark, ...facts } = paymentRefundFailed(event.data);
    return updateByEvent(deps, event, facts.orderId, (order, context) =>
      failRefund(order, facts, remark, context),
    );
  };
}
