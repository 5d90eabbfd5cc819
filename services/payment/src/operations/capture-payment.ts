import {
  CapturePaymentRequestSchema,
  type PaymentService,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { askedAmount, requestKeyFrom } from "./operation-request.ts";
import { operate } from "./run-operation.ts";
import { requireDone } from "./operation-answer.ts";
import { beginCapture } from "../rules/begin-operation.ts";
import { paymentToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.CapturePayment */
export function capturePaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.capturePayment> {
  return async (request, call) => {
    const amount = askedAmount(request.amount);
    const asked = {
      paymentId: request.paymentId.toLowerCase(),
      request: requestKeyFrom(CapturePaymentRequestSchema, request, call),
      begin: (payment, given, context) => beginCapture(payment, amount, given, context),
    } satisfies Parameters<typeof operate>[1];
    const operated = await deps.attempts.track(operate(deps, asked, call));
    requireDone(operated);
    const { payment, isReplay } = operated;
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
