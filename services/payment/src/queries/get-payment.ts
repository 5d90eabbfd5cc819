import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Store } from "../store/store.ts";
import { requirePayment } from "../rules/access.ts";
import { paymentToProto, refundToProto } from "./payment-to-proto.ts";

/** PaymentService.GetPayment */
export function getPaymentRpc({
  store,
}: {
  readonly store: Pick<Store, "findShown">;
}): UnaryHandler<typeof PaymentService.method.getPayment> {
  return async ({ paymentId }, { caller }) => {
    const payment = await store.findShown(paymentId);
    requirePayment(payment, paymentId, caller);
    const refunds = payment.operations.filter(({ kind }) => kind === "refund");
    return { payment: paymentToProto(payment, caller), refunds: refunds.map(refundToProto) };
  };
}
