import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { PaymentQueries } from "../store/payment-queries.ts";
import type { Store } from "../store/store.ts";
import { requirePayment } from "../rules/access.ts";
import { historyToProto } from "./payment-history.ts";

/**
 * PaymentService.ListPaymentEvents: the payment's history, oldest first. Admins and services also read that of
 * a payment that the order rejected.
 */
export function listPaymentEventsRpc({
  store,
  queries,
}: {
  readonly store: Pick<Store, "find" | "findShown">;
  readonly queries: Pick<PaymentQueries, "history">;
}): UnaryHandler<typeof PaymentService.method.listPaymentEvents> {
  return async ({ paymentId }, { caller }) => {
    const payment = await (caller.role === "user" ? store.findShown(paymentId) : store.find(paymentId));
    requirePayment(payment, paymentId, caller);
    const rows = await queries.history(payment);
    return { events: rows.map((row) => historyToProto(row, payment.amount.currency, caller)) };
  };
}
