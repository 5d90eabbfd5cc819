import type { Policies } from "../rules/policies.ts";
import type { Context, Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import { startRefund } from "../rules/refund.ts";
import { retryRefund } from "../rules/reverse-refund.ts";
import { ordersToRefund } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type RefundOptions = OrderUpdates & {
  readonly db: Reader;
  readonly policies: Policies;
  readonly newId: () => string;
};

/**
 * Starts the refunds of cancelled and returned orders, and tries those again that failed after they had succeeded; one that
 * failed is tried again, later each time.
 */
export async function startRefunds({ db, store, policies, now, newId }: RefundOptions): Promise<void> {
  const { refundRetryMs: retryMs } = policies;
  const time = now();
  const ids = await ordersToRefund(db, time, retryMs);
  const context = { now: time, actor: "worker:refund" };
  await Promise.all(
    ids.map((id) => {
      const refund = { id: newId(), retryMs };
      return store.update({ id, decide: (current) => startOrRetry(current, refund, context) });
    }),
  );
}

function startOrRetry(order: Order, refund: Parameters<typeof startRefund>[1], context: Context): Decision {
  return order.status === "REFUND_PENDING"
    ? retryRefund(order, refund, context)
    : startRefund(order, refund, context);
}
