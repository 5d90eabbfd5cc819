import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { offsetFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
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
  return async ({ paymentId, pageSize: requested, pageToken }, { caller }) => {
    const payment = await (caller.role === "user" ? store.findShown(paymentId) : store.find(paymentId));
    requirePayment(payment, paymentId, caller);
    // A history only grows, so that a number of entries is a place in it.
    const filters = { paymentId: payment.id };
    const offset = offsetFromPageToken(pageToken, filters);
    const pageSize = requested || 1_000;
    const rows = await queries.history(payment, { offset, limit: pageSize + 1 });
    const { messages, nextPageToken } = pageOf(rows, {
      pageSize,
      toMessage: (row) => historyToProto(row, payment.amount.currency, caller),
      tokenAfter: (_, count) => pageTokenFor(offset + count, filters),
    });
    return { events: messages, nextPageToken };
  };
}
