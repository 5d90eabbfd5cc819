import { reasonOf } from "@till/rpc/errors";
import { expireOrder } from "../rules/cancel.ts";
import type { Policies } from "../rules/policies.ts";
import { dueBatch, overdueOrders } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type ExpiryOptions = OrderUpdates & { readonly db: Reader; readonly policies: Policies };

/** Cancels unpaid orders that have expired, which frees their seats and their stock. */
export async function expireOverdue({ db, store, policies, now }: ExpiryOptions): Promise<void> {
  for (;;) {
    const { paymentGraceMs } = policies;
    const time = now();
    const ids = await overdueOrders(db, time, paymentGraceMs);
    const context = { now: time, actor: "worker:expire" };
    await Promise.all(
      ids.map((id) =>
        store
          .update({ id, decide: (order) => expireOrder(order, context, paymentGraceMs) })
          // The order was paid, or a payment was begun, since it was found.
          .catch(ignoring("ILLEGAL_TRANSITION", "PAYMENT_IN_PROGRESS")),
      ),
    );
    if (ids.length < dueBatch) return;
  }
}

function ignoring(...reasons: string[]) {
  return (error: unknown) => {
    if (!reasons.includes(reasonOf(error) ?? "")) throw error;
  };
}
