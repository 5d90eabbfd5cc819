import type { IncomingEvent } from "@till/events/consume";
import type { Deps } from "../deps.ts";
import { failPayment } from "../rules/pay.ts";
import { paymentFailed } from "./payment-events.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.failed: the order waits for another attempt, or is cancelled when there is none left. */
export function onPaymentFailed(deps: Deps): (event: IncomingEvent) => Promise<void> {
  const { maxPaymentAttempts } = deps.policies;
  return (event) => {
    const decline = paymentFailed(event.data);
    return updateByEvent(deps, event, decline.orderId, (order, context) =>
      failPayment(order, decline, maxPaymentAttempts, context),
    );
  };
}
