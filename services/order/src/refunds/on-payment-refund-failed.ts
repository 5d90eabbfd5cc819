import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { failRefund } from "../rules/apply-refund.ts";
import { reverseRefund } from "../rules/reverse-refund.ts";

/**
 * Consumes payment.refund_failed: the order returns to the status before the refund, which may be tried again; one that
 * had succeeded before is tried again by the refund worker.
 */
export function onPaymentRefundFailed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.refund_failed"], event.data);
    const { orderId, paymentId, refundId, orderRefundId, failureCode: code, failureReason: remark } = body;
    const amount = moneyOf(body.amount, body.currency);
    const failure = { paymentId, refundId, orderRefundId, code, remark, amount };
    return updateByEvent(updates, event, orderId, (order, context) =>
      body.afterSuccess
        ? reverseRefund(order, failure, context)
        : failRefund(order, failure, remark, context),
    );
  };
}
