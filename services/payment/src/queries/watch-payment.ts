import { placeColumns, watchHistory, type Place, type Step, type WatchedHistory } from "@till/events/watch";
import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { prepared, query, type Db } from "@till/postgres/statements";
import { refuseField } from "@till/rpc/errors";
import type { StreamHandler } from "@till/rpc/server";
import type { Log } from "@till/telemetry";
import type { Deps } from "../deps.ts";
import { paymentToProto } from "../proto.ts";
import { getPayment } from "./get-payment.ts";
import { historyColumns, historyToProto, type HistoryRow } from "./payment-history.ts";

/** PaymentService.WatchPayment: the payment as it stands, then every later change, as soon as it is committed. */
export function watchPaymentRpc(
  deps: Pick<Deps, "store" | "changes">,
): StreamHandler<typeof PaymentService.method.watchPayment> {
  return async function* ({ paymentId, afterVersion }, { caller, signal }) {
    const payment = await getPayment(deps, paymentId, caller);
    const { id, userId, amount, version } = payment;
    if (afterVersion === undefined) {
      yield {
        update: { case: "snapshot", value: paymentToProto(payment, caller) },
        version: BigInt(version),
      };
    } else if (afterVersion > version) {
      refuseField("after_version", `the payment has not come so far, it is at version ${version}`);
    }
    const after = Number(afterVersion ?? version);
    for await (const entry of deps.changes.watch({ id, userId }, after, signal)) {
      const value = historyToProto(entry, amount.currency, caller);
      yield { update: { case: "event", value }, version: value.version };
    }
  };
}

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
     FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[])
       WITH ORDINALITY AS place(user_id, payment_id, version, position, ord)
    CROSS JOIN LATERAL (
      SELECT ${historyColumns} FROM payment_event h
       WHERE h.user_id = place.user_id AND h.payment_id = place.payment_id
         AND (h.version, h.position) > (place.version, place.position)
       ORDER BY h.version, h.position LIMIT 100
    ) later
    ORDER BY place.ord, later.version, later.position`,
);
