import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { refundApproved } from "./order-event-bodies.ts";
import { refundForOrder } from "../rules/order-outcome.ts";
import { requireSettled, updateByEvent } from "../store/update-by-event.ts";

/** Consumes order.refund_approved: the money goes back, once for each of the order's refunds. */
export function onOrderRefundApproved(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { paymentId, refundId, amount } = refundApproved(event.data);
    if (!paymentId) return;
    await updateByEvent(deps, event, paymentId, (payment, context) => {
      requireSettled(payment);
      return refundForOrder(payment, { refundId, amount }, context);
    });
  };
}
