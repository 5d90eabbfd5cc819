import { completeDigital } from "../rules/fulfil.ts";
import type { Policies } from "../rules/policies.ts";
import { dueBatch, ordersWithAccessBy } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type CompletionOptions = OrderUpdates & { readonly db: Reader; readonly policies: Policies };

/** Completes paid orders without goods some time after they were paid and their last session has ended. */
export async function completeDigitalOrders({ db, store, policies, now }: CompletionOptions): Promise<void> {
  for (;;) {
    const time = now();
    const ids = await ordersWithAccessBy(db, new Date(time.getTime() - policies.digitalCompletionMs));
    const context = { now: time, actor: "worker:complete" };
    await Promise.all(
      ids.map((id) => store.update({ id, decide: (order) => completeDigital(order, policies, context) })),
    );
    if (ids.length < dueBatch) return;
  }
}
