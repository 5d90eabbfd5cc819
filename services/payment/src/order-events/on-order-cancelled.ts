import { readBody } from "@till/contracts";
import { orderEvents } from "@till/contracts/order-events";
import type { IncomingEvent } from "@till/events/consume";
import { abandonPayment } from "../rules/order-outcome.ts";
import { updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.cancelled: voids what is authorized, and refunds a capture that the order has not recorded. */
export function onOrderCancelled(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { paymentId, reason, captured } = readBody(orderEvents["order.cancelled"], event.data);
    // No payment was started.
    if (!paymentId) return;
    const orderSawNoCapture = captured === 0;
    await updateByEvent(deps, event, paymentId, (payment, context) =>
      abandonPayment(payment, { reason, orderSawNoCapture }, context),
    );
  };
}
