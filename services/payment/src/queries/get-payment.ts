import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { requirePayment } from "../rules/access.ts";
import { paymentToProto, refundToProto } from "./payment-to-proto.ts";

/** PaymentService.GetPayment */
export function getPaymentRpc({
  store,
}: Pick<Deps, "store">): UnaryHandler<typeof PaymentService.method.getPayment> {
  return async ({ paymentId }, { caller }) => {
    const payment = await store.findShown(paymentId);
    requirePayment(payment, paymentId, caller);
    const refunds = payment.operations.filter(({ kind }) => kind === "refund");
    return { payment: paymentToProto(payment, caller), refunds: refunds.map(refundToProto) };
  };
}
