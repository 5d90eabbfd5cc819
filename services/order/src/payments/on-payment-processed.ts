import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { confirmPayment } from "../rules/pay.ts";
import { paymentProcessed } from "./payment-events.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.processed: the order is PAID, or the money is late and goes back. */
export function onPaymentProcessed(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const payment = paymentProcessed(event.data);
    return updateByEvent(deps, event, payment.orderId, (order, context) =>
      confirmPayment(order, payment, context),
    );
  };
}
