import type { IncomingEvent } from "@till/events/consume";
import { isPaid } from "../rules/operation.ts";
import { orderCancelled } from "./order-event-bodies.ts";
import { abandonPayment, refundForOrder } from "../rules/order-outcome.ts";
import { updateByEvent, type EventDependencies } from "./update-by-event.ts";

/** Consumes order.cancelled: what is held is let go, and what was taken goes back where the order says so. */
export function onOrderCancelled(deps: EventDependencies): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { paymentId, reason, orderSawNoCapture, refund } = orderCancelled(event.data);
    // Nobody has ever tried to pay it.
    if (!paymentId) return;
    await updateByEvent(deps, event, paymentId, (payment, context) =>
      refund && isPaid(payment)
        ? refundForOrder(payment, { refundId: refund.id, amount: refund.amount }, context)
        : abandonPayment(payment, { reason, orderSawNoCapture }, context),
    );
  };
}
