import { moneyOf, readBody } from "@till/contracts";
import { orderEvents } from "@till/contracts/order-events";
import type { IncomingEvent } from "@till/events/consume";
import { refundForOrder } from "../rules/order-outcome.ts";
import { requireOutcome, updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.refund_approved: begins the order's refund, once. */
export function onOrderRefundApproved(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const body = readBody(orderEvents["order.refund_approved"], event.data);
    const { paymentId, refundId } = body;
    const amount = moneyOf(body.amount, body.currency);
    await updateByEvent(deps, event, paymentId, (payment, context) => {
      requireOutcome(payment);
      return refundForOrder(payment, { refundId, amount }, context);
    });
  };
}
