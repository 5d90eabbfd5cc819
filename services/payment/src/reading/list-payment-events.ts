import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { prepared, query } from "@till/postgres";
import type { UnaryHandler } from "@till/rpc";
import type { Deps } from "../deps.ts";
import { getPayment } from "./get-payment.ts";
import { historyColumns, historyToProto, type HistoryRow } from "./payment-history.ts";

/** PaymentService.ListPaymentEvents: the payment's history, oldest first. */
export function listPaymentEventsRpc(
  deps: Pick<Deps, "db" | "store">,
): UnaryHandler<typeof PaymentService.method.listPaymentEvents> {
  return async ({ paymentId }, { caller }) => {
    const { id, userId, amount } = await getPayment(deps, paymentId, caller);
    const rows = await query<HistoryRow>(deps.db.pool, selectHistory, [userId, id]);
    return { events: rows.map((row) => historyToProto(row, amount.currency, caller)) };
  };
}

const selectHistory = prepared(
  "select_history",
  `SELECT ${historyColumns} FROM payment_event h WHERE h.user_id = $1 AND h.payment_id = $2
    ORDER BY h.version, h.position`,
);
