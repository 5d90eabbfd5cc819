import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { applyRefund } from "../rules/apply-refund.ts";

/** Consumes payment.refunded: the order is REFUNDED once all its money was refunded. */
export function onPaymentRefunded(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.refunded"], event.data);
    const { orderId, paymentId, orderRefundId } = body;
    const facts = { paymentId, orderRefundId, amount: moneyOf(body.amount, body.currency) };
    return updateByEvent(updates, event, orderId, (order, context) => applyRefund(order, facts, context));
  };
}
