import { placeColumns, watchHistory, type Place, type Step, type WatchedHistory } from "@till/events/watch";
import { prepared, query, unnested, type Db } from "@till/postgres/statements";
import type { Log } from "@till/telemetry";
import { historyColumns, type HistoryRow } from "./history-rows.ts";

/** What payments' watchers wait for. */
export type PaymentChanges = WatchedHistory<PaymentKey, Change>;

type PaymentKey = { readonly id: string; readonly userId: string };
type Change = HistoryRow & Step;

/** Opens the one view of all payments' histories that every watcher of this process shares. */
export function watchPayments({ db, log }: { readonly db: Db; readonly log: Log }): PaymentChanges {
  return watchHistory({
    log,
    poll: (places: readonly Place<PaymentKey>[]) => query<Change>(db.pool, selectLater, placeColumns(places)),
  });
}

const selectLater = prepared(
  "select_later_history",
  `SELECT place.ord::integer AS ord, later.*
     FROM ${unnested("$1::text[]", "$2::uuid[]", "$3::integer[]", "$4::integer[]")}
       WITH ORDINALITY AS place(user_id, payment_id, version, position, ord)
    CROSS JOIN LATERAL (
      SELECT ${historyColumns} FROM payment_event h
       WHERE h.user_id = place.user_id AND h.payment_id = place.payment_id
         AND (h.version, h.position) > (place.version, place.position)
       ORDER BY h.version, h.position LIMIT 100
    ) later
    ORDER BY place.ord, later.version, later.position`,
);
