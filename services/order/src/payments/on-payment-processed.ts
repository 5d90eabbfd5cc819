import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import { confirmPayment } from "../rules/pay.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.processed: the order is PAID, or the payment is late and is refunded. */
export function onPaymentProcessed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.processed"], event.data);
    const { orderId, paymentId, userId, paymentMethod: method, transactionId, processedAt: paidAt } = body;
    const paidWith = { method, transactionId, paidAt };
    const payment = { paymentId, userId, amount: moneyOf(body.amount, body.currency), paidWith };
    return updateByEvent(updates, event, orderId, (order, context) =>
      confirmPayment(order, payment, context),
    );
  };
}
