import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import { applyDispute } from "../rules/dispute.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.disputed: the withdrawn money counts as refunded. */
export function onPaymentDisputed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.disputed"], event.data);
    const { orderId, paymentId, disputeId, reason } = body;
    const facts = { paymentId, disputeId, reason, amount: moneyOf(body.amount, body.currency) };
    return updateByEvent(updates, event, orderId, (order, context) => applyDispute(order, facts, context));
  };
}
