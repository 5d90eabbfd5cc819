import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { prepared, query } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { requirePayment } from "../rules/access.ts";
import { historyToProto } from "./payment-history.ts";
import { historyColumns, type HistoryRow } from "../store/history-rows.ts";

/**
 * PaymentService.ListPaymentEvents: the payment's history, oldest first. What the order turned away is no payment, but
 * admins and services may read how that came to be.
 */
export function listPaymentEventsRpc(
  deps: Pick<Deps, "db" | "store">,
): UnaryHandler<typeof PaymentService.method.listPaymentEvents> {
  return async ({ paymentId }, { caller }) => {
    const { store } = deps;
    const payment = await (caller.role === "user" ? store.findShown(paymentId) : store.find(paymentId));
    requirePayment(payment, paymentId, caller);
    const { id, userId, amount } = payment;
    const rows = await query<HistoryRow>(deps.db.pool, selectHistory, [userId, id]);
    return { events: rows.map((row) => historyToProto(row, amount.currency, caller)) };
  };
}

const selectHistory = prepared(
  "select_history",
  `SELECT ${historyColumns} FROM payment_event h WHERE h.user_id = $1 AND h.payment_id = $2
    ORDER BY h.version, h.position`,
);
