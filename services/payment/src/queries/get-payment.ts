import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { offsetFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import type { Store } from "../store/store.ts";
import { requirePayment } from "../rules/access.ts";
import { paymentToProto, refundToProto } from "./payment-to-proto.ts";

/** PaymentService.GetPayment */
export function getPaymentRpc({
  store,
}: {
  readonly store: Pick<Store, "findShown">;
}): UnaryHandler<typeof PaymentService.method.getPayment> {
  return async ({ paymentId, refundPageSize, refundPageToken }, { caller }) => {
    const payment = await store.findShown(paymentId);
    requirePayment(payment, paymentId, caller);
    // Refunds are only added, at the end.
    const filters = { paymentId: payment.id };
    const offset = offsetFromPageToken(refundPageToken, filters);
    const refunds = payment.operations.filter(({ kind }) => kind === "refund").slice(offset);
    const page = pageOf(refunds, {
      pageSize: refundPageSize || 1_000,
      toMessage: refundToProto,
      tokenAfter: (_, count) => pageTokenFor(offset + count, filters),
    });
    return {
      payment: paymentToProto(payment, caller),
      refunds: page.messages,
      nextRefundPageToken: page.nextPageToken,
    };
  };
}
