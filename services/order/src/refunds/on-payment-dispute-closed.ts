import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import { closeDispute } from "../rules/dispute.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.dispute_closed: the money of a dispute that was won counts as captured again. */
export function onPaymentDisputeClosed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.dispute_closed"], event.data);
    const { orderId, paymentId, disputeId, reason } = body;
    const facts = { paymentId, disputeId, reason, amount: moneyOf(body.amount, body.currency) };
    const isWon = body.state.toUpperCase() === "WON";
    return updateByEvent(updates, event, orderId, (order, context) =>
      closeDispute(order, facts, isWon, context),
    );
  };
}
