import { placeColumns, watchHistory, type Place, type Step, type WatchedHistory } from "@till/events/watch";
import { prepared, query, unnested, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import type { HistoryRow } from "./history-rows.ts";

/** The feed of changes of orders, as they are committed. */
export type OrderChanges = WatchedHistory<OrderKey, Change>;

type OrderKey = { readonly id: string; readonly userId: string };
/** `is_last`: its version has no further entry. */
type Change = HistoryRow & Step & { readonly is_last: boolean };

/** Opens the feed of changes, which all watchers of this process share. */
export function watchOrders({ db, log }: { readonly db: Db; readonly log: Log }): OrderChanges {
  return watchHistory({
    log,
    poll: (places: readonly Place<OrderKey>[]) => query<Change>(db.pool, selectLater, placeColumns(places)),
  });
}

const selectLater = prepared(
  "select_later_history",
  `SELECT place.ord::integer AS ord, later.*
     FROM ${unnested("$1::text[]", "$2::uuid[]", "$3::integer[]", "$4::integer[]")}
       WITH ORDINALITY AS place(user_id, order_id, version, position, ord)
    CROSS JOIN LATERAL (
      SELECT h.id, h.user_id, h.order_id, h.version, h.position, h.type, h.from_status, h.to_status, h.actor, h.reason,
             h.amount_minor, h.payload, h.created_at,
             NOT EXISTS (SELECT FROM order_event n WHERE n.user_id = h.user_id AND n.order_id = h.order_id
                            AND n.version = h.version AND n.position > h.position) AS is_last
        FROM order_event h
       WHERE h.user_id = place.user_id AND h.order_id = place.order_id
         AND (h.version, h.position) > (place.version, place.position)
       ORDER BY h.version, h.position LIMIT 100
    ) later
    ORDER BY place.ord, later.version, later.position`,
);
