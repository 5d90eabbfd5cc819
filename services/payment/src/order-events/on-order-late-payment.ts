import { readBody } from "@till/contracts";
import { orderEvents } from "@till/contracts/order-events";
import type { IncomingEvent } from "@till/events/consume";
import { refundLatePayment } from "../rules/order-outcome.ts";
import { requireOutcome, updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.late_payment: refunds a payment that was captured when the order could not take it any more. */
export function onOrderLatePayment(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { paymentId } = readBody(orderEvents["order.late_payment"], event.data);
    return updateByEvent(deps, event, paymentId, (payment, context) => {
      requireOutcome(payment);
      return refundLatePayment(payment, context);
    });
  };
}
