import type { IncomingEvent } from "@till/events/consume";
import { refundApproved } from "./order-event-bodies.ts";
import { refundForOrder } from "../rules/order-outcome.ts";
import { requireOutcome, updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.refund_approved: the money goes back, once for each of the order's refunds. */
export function onOrderRefundApproved(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { paymentId, refundId, amount } = refundApproved(event.data);
    if (!paymentId) return;
    await updateByEvent(deps, event, paymentId, (payment, context) => {
      requireOutcome(payment);
      return refundForOrder(payment, { refundId, amount }, context);
    });
  };
}
