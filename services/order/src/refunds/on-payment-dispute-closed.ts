import { moneyOf, readBody } from "@till/contracts";
import { paymentEvents } from "@till/contracts/payment-events";
import type { IncomingEvent } from "@till/events/consume";
import { loseDispute, winDispute, type DisputeFacts } from "../rules/dispute.ts";
import { coursesBoughtAgain, isBoughtAgain, type Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

type DisputeOptions = OrderUpdates & { readonly db: Reader };

/** Consumes payment.dispute_closed: the money of a dispute that was won counts as captured again. */
export function onPaymentDisputeClosed(options: DisputeOptions): (event: IncomingEvent) => Promise<void> {
  return (event) => {
    const body = readBody(paymentEvents["payment.dispute_closed"], event.data);
    const { orderId, paymentId, disputeId, reason } = body;
    const facts = { paymentId, disputeId, reason, amount: moneyOf(body.amount, body.currency) };
    if (body.state.toUpperCase() === "WON") return win(options, event, orderId, facts);
    return updateByEvent(options, event, orderId, (order, context) => loseDispute(order, facts, context));
  };
}

async function win(
  { db, ...updates }: DisputeOptions,
  event: IncomingEvent,
  orderId: string,
  facts: DisputeFacts,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const boughtAgain = await coursesBoughtAgain(db, orderId);
    try {
      const won = { ...facts, boughtAgain };
      return await updateByEvent(updates, event, orderId, (order, context) =>
        winDispute(order, won, context),
      );
    } catch (error) {
      // The buyer has bought a course again since it was looked for: now it is found.
      if (!isBoughtAgain(error) || attempt === 3) throw error;
    }
  }
}
