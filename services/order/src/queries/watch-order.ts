import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { StreamHandler } from "@till/rpc/server";
import { historyToProto, orderToProto } from "../proto/order.ts";
import type { OrderChanges } from "../store/order-changes.ts";
import { historyFromRow } from "../store/history-rows.ts";
import { readableOrder, type OrderFinder } from "./readable-order.ts";
import { appError } from "../rules/errors.ts";

type WatchOptions = { readonly store: OrderFinder; readonly changes: OrderChanges };

/** OrderService.WatchOrder: the order as it is, then each later change, as soon as it is committed. */
export function watchOrderRpc({
  store,
  changes,
}: WatchOptions): StreamHandler<typeof OrderService.method.watchOrder> {
  return async function* ({ orderId, afterVersion }, { caller, signal }) {
    const order = await readableOrder(store, orderId, caller);
    const { id, userId, total, version } = order;
    if (afterVersion === undefined) {
      yield {
        update: { case: "snapshot", value: orderToProto(order) },
        version: BigInt(version),
        isLast: true,
      };
    } else if (afterVersion > version) {
      throw appError("INVALID_ARGUMENT", `the order is at version ${version}`, { field: "after_version" });
    }
    const after = Number(afterVersion ?? version);
    for await (const change of changes.watch({ id, userId }, after, signal)) {
      const value = historyToProto(historyFromRow(change, total.currency));
      // A watcher that is cut off between two entries of one version receives both again.
      const resumeAfter = change.is_last ? change.version : change.version - 1;
      yield { update: { case: "event", value }, version: BigInt(resumeAfter), isLast: change.is_last };
    }
  };
}
