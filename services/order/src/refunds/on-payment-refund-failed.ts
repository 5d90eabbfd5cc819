import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { failRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refund_failed: the order returns to the status before the refund, which may be tried again. */
export function onPaymentRefundFailed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.refund_failed"], event.data);
    const { orderId, paymentId, orderRefundId, failureCode: code, failureReason } = body;
    const facts = { paymentId, orderRefundId, code, amount: moneyOf(body.amount, body.currency) };
    return updateByEvent(updates, event, orderId, (order, context) =>
      failRefund(order, facts, failureReason, context),
    );
  };
}
