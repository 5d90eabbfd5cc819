import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { paymentToProto } from "../queries/payment-to-proto.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";
import { chargePayment } from "./charge-payment.ts";
import { chargeRequestFromProto } from "./charge-request.ts";

/** PaymentService.ProcessPayment */
export function processPaymentRpc(
  deps: ChargeDependencies,
): UnaryHandler<typeof PaymentService.method.processPayment> {
  return async (request, call) => {
    const charging = chargePayment(deps, chargeRequestFromProto(request, call), call);
    const { payment, isReplay } = await deps.inFlight.track(charging);
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
