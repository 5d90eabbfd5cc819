import { completeDelivered } from "../rules/fulfil.ts";
import type { Policies } from "../rules/policies.ts";
import { dueBatch, ordersDeliveredBy } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type CompletionOptions = OrderUpdates & { readonly db: Reader; readonly policies: Policies };

/** Completes delivered orders whose return window is over. */
export async function completeReturnable({ db, store, policies, now }: CompletionOptions): Promise<void> {
  for (;;) {
    const time = now();
    const ids = await ordersDeliveredBy(db, new Date(time.getTime() - policies.returnWindowMs));
    const context = { now: time, actor: "worker:complete" };
    await Promise.all(
      ids.map((id) => store.update({ id, decide: (order) => completeDelivered(order, policies, context) })),
    );
    if (ids.length < dueBatch) return;
  }
}
