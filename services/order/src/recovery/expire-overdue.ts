import { reasonOf } from "@till/rpc/errors";
import { expireOrder } from "../rules/cancel.ts";
import type { Policies } from "../rules/policies.ts";
import { dueBatch, ordersExpiringBy } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type ExpiryOptions = OrderUpdates & { readonly db: Reader; readonly policies: Policies };

/** Orders that expire within so short a time are cancelled together. */
const gatherMs = 50;

/**
 * Cancels unpaid orders that have expired, which frees their seats and their stock. Returns the milliseconds until the
 * next one expires, where that is sooner than the next round would be.
 */
export async function expireOverdue({ db, store, policies, now }: ExpiryOptions): Promise<number | void> {
  const { paymentGraceMs, recoveryEveryMs } = policies;
  for (;;) {
    const time = now();
    const until = new Date(time.getTime() + recoveryEveryMs);
    const expiring = await ordersExpiringBy(db, until, paymentGraceMs);
    const overdue = expiring.filter(({ due }) => due <= time);
    const context = { now: time, actor: "worker:expire" };
    await Promise.all(
      overdue.map(({ id }) =>
        store
          .update({ id, decide: (order) => expireOrder(order, context, paymentGraceMs) })
          // The order was paid, or a payment was begun, since it was found.
          .catch(ignoring("ILLEGAL_TRANSITION", "PAYMENT_IN_PROGRESS")),
      ),
    );
    if (overdue.length === dueBatch) continue;
    const next = expiring.find(({ due }) => due > time);
    return next && Math.max(next.due.getTime() - now().getTime(), gatherMs);
  }
}

function ignoring(...reasons: string[]) {
  return (error: unknown) => {
    if (!reasons.includes(reasonOf(error) ?? "")) throw error;
  };
}
