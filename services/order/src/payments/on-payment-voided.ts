import { readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";
import { freeSlot } from "../rules/pay.ts";

/** Consumes payment.voided: the order can be paid by another payment. */
export function onPaymentVoided(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const { orderId, paymentId, capturedTotal } = readBody(paymentEvents["payment.voided"], event.data);
    const nothingCaptured = capturedTotal === 0;
    return updateByEvent(updates, event, orderId, (order, context) =>
      freeSlot(order, { paymentId, nothingCaptured }, context),
    );
  };
}
