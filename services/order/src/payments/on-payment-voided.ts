import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { paymentVoided } from "./payment-events.ts";
import { freeSlot } from "../rules/pay.ts";

/** Consumes payment.voided: what was held was let go untouched, and the order can be paid by another payment. */
export function onPaymentVoided(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { orderId, paymentId, nothingCaptured } = paymentVoided(event.data);
    return updateByEvent(deps, event, orderId, (order, context) =>
      freeSlot(order, { paymentId, nothingCaptured }, context),
    );
  };
}
