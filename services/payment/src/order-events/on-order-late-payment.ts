import type { IncomingEvent } from "@till/events/consume";
import { latePayment } from "./order-event-bodies.ts";
import { refundLatePayment } from "../rules/order-outcome.ts";
import { requireOutcome, updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.late_payment: money that came when the order could not take it any more goes back. */
export function onOrderLatePayment(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return (event) =>
    updateByEvent(deps, event, latePayment(event.data).paymentId, (payment, context) => {
      requireOutcome(payment);
      return refundLatePayment(payment, context);
    });
}
