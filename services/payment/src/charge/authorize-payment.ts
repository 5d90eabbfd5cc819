import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { paymentToProto } from "../queries/payment-to-proto.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";
import { chargePayment } from "./charge-payment.ts";
import { authorizeRequestFromProto } from "./charge-request.ts";

/** PaymentService.AuthorizePayment */
export function authorizePaymentRpc(
  deps: ChargeDependencies,
): UnaryHandler<typeof PaymentService.method.authorizePayment> {
  return async (request, call) => {
    const charging = chargePayment(deps, authorizeRequestFromProto(request, call), call);
    const { payment, isReplay } = await deps.inFlight.track(charging);
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
