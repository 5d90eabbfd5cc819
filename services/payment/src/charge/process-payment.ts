import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { pay } from "./charge-payment.ts";
import { chargeRequestFromProto } from "./charge-request.ts";
import { paymentToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.ProcessPayment */
export function processPaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.processPayment> {
  return async (request, call) => {
    const asked = chargeRequestFromProto(request, call);
    const { payment, isReplay } = await deps.attempts.track(pay(deps, asked, call));
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
