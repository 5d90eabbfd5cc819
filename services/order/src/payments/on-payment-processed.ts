import type { IncomingEvent } from "@till/events/consume";
import { confirmPayment } from "../rules/pay.ts";
import { paymentProcessed } from "./payment-events.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.processed: the order is PAID, or the payment is late and is refunded. */
export function onPaymentProcessed(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const payment = paymentProcessed(event.data);
    return updateByEvent(updates, event, payment.orderId, (order, context) =>
      confirmPayment(order, payment, context),
    );
  };
}
