import { readBody } from "@till/contracts";
import { paymentEvents, providerTimeout } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import { failPayment } from "../rules/pay.ts";
import type { Policies } from "../rules/policies.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** Consumes payment.failed: the order waits for another attempt, or is cancelled when none is left. */
export function onPaymentFailed({
  policies,
  ...updates
}: OrderUpdates & { readonly policies: Policies }): (event: IncomingEvent) => Promise<void> {
  const { maxPaymentAttempts } = policies;
  return (event) => {
    const body = readBody(paymentEvents["payment.failed"], event.data);
    const { orderId, paymentId, userId, failureCode: code, failureReason: reason, retryable } = body;
    // A decline that does not say that it is final may be tried again.
    const final = retryable === false;
    const decline = { paymentId, userId, code, reason, final, isAttempt: code !== providerTimeout };
    return updateByEvent(updates, event, orderId, (order, context) =>
      failPayment(order, decline, maxPaymentAttempts, context),
    );
  };
}
