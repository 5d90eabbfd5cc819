import type { IncomingEvent } from "@till/events/consume";
import { failPayment } from "../rules/pay.ts";
import type { Policies } from "../rules/policies.ts";
import { paymentFailed } from "./payment-events.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.failed: the order waits for another attempt, or is cancelled when none is left. */
export function onPaymentFailed({
  policies,
  ...updates
}: OrderUpdates & { readonly policies: Policies }): (event: IncomingEvent) => Promise<void> {
  const { maxPaymentAttempts } = policies;
  return (event) => {
    const decline = paymentFailed(event.data);
    return updateByEvent(updates, event, decline.orderId, (order, context) =>
      failPayment(order, decline, maxPaymentAttempts, context),
    );
  };
}
