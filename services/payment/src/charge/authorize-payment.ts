import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { pay } from "./charge-payment.ts";
import { authorizeRequestFromProto } from "./charge-request.ts";
import { paymentToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.AuthorizePayment */
export function authorizePaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.authorizePayment> {
  return async (request, call) => {
    const asked = authorizeRequestFromProto(request, call);
    const { payment, isReplay } = await deps.attempts.track(pay(deps, asked, call));
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
