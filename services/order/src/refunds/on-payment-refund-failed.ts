import type { IncomingEvent } from "@till/events";
import type { Deps } from "../deps.ts";
import { paymentRefundFailed } from "../paying/payment-events.ts";
import { updateByEvent } from "../update-by-event.ts";
import { failRefund } from "./refunded-rules.ts";

/** Consumes payment.refund_failed: the order returns to where it was, and the refund may be tried again. */
export function onPaymentRefundFailed(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { remark, ...facts } = paymentRefundFailed(event.data);
    return updateByEvent(deps, event, facts.orderId, (order, context) =>
      failRefund(order, facts, remark, context),
    );
  };
}
