import { EventTooEarly, type IncomingEvent } from "@till/events/consume";
import { reasonOf } from "@till/rpc/errors";
import { followUpContext } from "../context.ts";
import type { Deps } from "../deps.ts";
import { isOpen, type Payment } from "../rules/payment.ts";
import type { FollowUpContext } from "../rules/follow-up.ts";
import type { Decision } from "../rules/decision.ts";

/**
 * Applies an order's event to its payment once. What it begins is carried out by the recovery worker, which is notified after the
 * commit and does it again after a crash. A payment that is not known yet is a reason to try again later.
 */
export async function updateByEvent(
  { store, recovery, newId, now }: Deps,
  event: IncomingEvent,
  paymentId: string,
  decide: (payment: Payment, context: FollowUpContext) => Decision,
): Promise<void> {
  const context = followUpContext(
    { newId },
    { now: now(), actor: `event:${event.type}`, requestId: event.id },
  );
  const { traceparent } = event;
  try {
    await store.update({
      id: paymentId,
      eventId: event.id,
      traceparent,
      decide: (current) => decide(current, context),
    });
  } catch (cause) {
    if (reasonOf(cause) !== "PAYMENT_NOT_FOUND") throw cause;
    throw new EventTooEarly(`payment ${paymentId} is not known yet`, { cause });
  }
  recovery.notify();
}

/** Throws where the provider has not said yes or no: whether there is money to give back is not known yet. */
export function requireSettled(payment: Payment): void {
  if (isOpen(payment)) throw new EventTooEarly(`payment ${payment.id} is ${payment.status}`);
}
