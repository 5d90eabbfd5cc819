import type { Policies } from "../rules/policies.ts";
import { startRefund } from "../rules/refund.ts";
import { ordersToRefund } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type RefundOptions = OrderUpdates & {
  readonly db: Reader;
  readonly policies: Policies;
  readonly newId: () => string;
};

/** Starts the refunds of cancelled and returned orders; one that failed is tried again, later each time. */
export async function startRefunds({ db, store, policies, now, newId }: RefundOptions): Promise<void> {
  const { refundRetryMs: retryMs } = policies;
  const time = now();
  const ids = await ordersToRefund(db, time, retryMs);
  const context = { now: time, actor: "worker:refund" };
  await Promise.all(
    ids.map((id) => {
      const refund = { id: newId(), retryMs };
      return store.update({ id, decide: (current) => startRefund(current, refund, context) });
    }),
  );
}
