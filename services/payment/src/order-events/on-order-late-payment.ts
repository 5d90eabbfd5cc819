import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { latePayment } from "./order-event-bodies.ts";
import { refundLatePayment } from "../rules/order-outcome.ts";
import { requireSettled, updateByEvent } from "../store/update-by-event.ts";

/** Consumes order.late_payment: money that came when the order could not take it any more goes back. */
export function onOrderLatePayment(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) =>
    updateByEvent(deps, event, latePayment(event.data).paymentId, (payment, context) => {
      requireSettled(payment);
      return refundLatePayment(payment, context);
    });
}
