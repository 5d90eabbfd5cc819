import { placeColumns, watchHistory, type Place, type Step, type WatchedHistory } from "@till/events/watch";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { prepared, query, type Db } from "@till/postgres/statements";
import type { StreamHandler } from "@till/rpc/server";
import type { Log } from "@till/telemetry";
import type { Deps } from "../deps.ts";
import { historyToProto, orderToProto } from "../proto.ts";
import { appError } from "../rules/errors.ts";
import { historyFromRow, type HistoryRow } from "../store/order-rows.ts";
import { getOrder } from "./get-order.ts";

/** OrderService.WatchOrder: the order as it stands, then every later change, as soon as it is committed. */
export function watchOrderRpc(deps: Deps): StreamHandler<typeof OrderService.method.watchOrder> {
  return async function* ({ orderId, afterVersion }, { caller, signal }) {
    const order = await getOrder(deps, orderId, caller);
    const { id, userId, total, version } = order;
    if (afterVersion === undefined) {
      yield {
        update: { case: "snapshot", value: orderToProto(order) },
        version: BigInt(version),
        isLast: true,
      };
    } else if (afterVersion > version) {
      throw appError("INVALID_ARGUMENT", `the order has not come so far, it is at version ${version}`, {
        field: "after_version",
      });
    }
    const after = Number(afterVersion ?? version);
    for await (const change of deps.changes.watch({ id, userId }, after, signal)) {
      const value = historyToProto(historyFromRow(change, total.currency));
      // Who is cut off between two entries of one version must be told both again.
      const resumeAfter = change.is_last ? change.version : change.version - 1;
      yield { update: { case: "event", value }, version: BigInt(resumeAfter), isLast: change.is_last };
    }
  };
}

/** What orders' watchers wait for. */
export type OrderChanges = WatchedHistory<OrderKey, Change>;

type OrderKey = { readonly id: string; readonly userId: string };
/** `is_last`: its version has no further entry. */
type Change = HistoryRow & Step & { readonly is_last: boolean };

/** Opens the one view of all orders' histories that every watcher of this process shares. */
export function watchOrders({ db, log }: { readonly db: Db; readonly log: Log }): OrderChanges {
  return watchHistory({
    log,
    poll: (places: readonly Place<OrderKey>[]) => query<Change>(db.pool, selectLater, placeColumns(places)),
  });
}

const selectLater = prepared(
  "select_later_history",
  `SELECT place.ord::integer AS ord, later.*
     FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[])
       WITH ORDINALITY AS place(user_id, order_id, version, position, ord)
    CROSS JOIN LATERAL (
      SELECT h.user_id, h.order_id, h.version, h.position, h.type, h.from_status, h.to_status, h.actor, h.reason,
             h.amount_minor, h.created_at,
             NOT EXISTS (SELECT FROM order_event n WHERE n.user_id = h.user_id AND n.order_id = h.order_id
                            AND n.version = h.version AND n.position > h.position) AS is_last
        FROM order_event h
       WHERE h.user_id = place.user_id AND h.order_id = place.order_id
         AND (h.version, h.position) > (place.version, place.position)
       ORDER BY h.version, h.position LIMIT 100
    ) later
    ORDER BY place.ord, later.version, later.position`,
);
