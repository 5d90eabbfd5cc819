import { EventTooEarly, type IncomingEvent } from "@till/events/consume";
import { reasonOf } from "@till/rpc/errors";
import type { Decision } from "../rules/decision.ts";
import type { FollowUpContext } from "../rules/follow-up.ts";
import { isOpen, type Payment } from "../rules/payment.ts";
import type { Store } from "../store/store.ts";

/** What the handlers of the order's events touch. */
export type EventDependencies = {
  readonly store: Pick<Store, "update">;
  readonly recovery: { notify(): void };
  readonly newId: () => string;
  readonly now: () => Date;
};

/**
 * Applies an order's event to its payment once. The recovery worker performs what it begins: it is notified after the
 * commit, and finds the operation again after a crash. Throws EventTooEarly when the payment does not exist yet.
 */
export async function updateByEvent(
  { store, recovery, newId, now }: EventDependencies,
  event: IncomingEvent,
  paymentId: string,
  decide: (payment: Payment, context: FollowUpContext) => Decision,
): Promise<void> {
  const { id: eventId, type, traceparent } = event;
  const context = { now: now(), actor: `event:${type}`, requestId: eventId, operationId: newId() };
  try {
    await store.update({
      id: paymentId,
      eventId,
      traceparent,
      decide: (current) => decide(current, context),
    });
  } catch (cause) {
    if (reasonOf(cause) !== "PAYMENT_NOT_FOUND") throw cause;
    throw new EventTooEarly(`payment ${paymentId} does not exist yet`, { cause });
  }
  recovery.notify();
}

/** Throws EventTooEarly while the payment has no outcome: whether there is money to refund is not known yet. */
export function requireOutcome(payment: Payment): void {
  if (isOpen(payment)) throw new EventTooEarly(`payment ${payment.id} is ${payment.status}`);
}
