import {
  RefundPaymentRequestSchema,
  type PaymentService,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { askedAmount, requestKeyFrom } from "./operation-request.ts";
import { operate } from "./run-operation.ts";
import { requireDone } from "./operation-answer.ts";
import { beginRefund } from "../rules/begin-operation.ts";
import { paymentToProto, refundToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.RefundPayment */
export function refundPaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.refundPayment> {
  return async (request, call) => {
    const amount = askedAmount(request.amount);
    const asked = {
      paymentId: request.paymentId.toLowerCase(),
      request: requestKeyFrom(RefundPaymentRequestSchema, request, call),
      reason: request.reason,
      begin: (payment, given, context) => beginRefund(payment, amount, given, context),
    } satisfies Parameters<typeof operate>[1];
    const operated = await deps.attempts.track(operate(deps, asked, call));
    requireDone(operated);
    const { payment, operation, isReplay } = operated;
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return {
      payment: paymentToProto(payment, call.caller),
      ...(operation && { refund: refundToProto(operation) }),
      idempotentReplay: isReplay,
    };
  };
}
