import {
  CapturePaymentRequestSchema,
  type PaymentService,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { InFlightCalls } from "../charge/in-flight-calls.ts";
import type { OperationDependencies } from "./run-operation.ts";
import { amountFromRequest, requestKeyFrom } from "./operation-request.ts";
import { runOperation } from "./run-operation.ts";
import { requireSucceeded } from "./operation-result.ts";
import { beginCapture } from "../rules/begin-operation.ts";
import { paymentToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.CapturePayment */
export function capturePaymentRpc(
  deps: OperationDependencies & { readonly inFlight: InFlightCalls },
): UnaryHandler<typeof PaymentService.method.capturePayment> {
  return async (request, call) => {
    const amount = amountFromRequest(request.amount);
    const command = {
      paymentId: request.paymentId.toLowerCase(),
      request: requestKeyFrom(CapturePaymentRequestSchema, request, call),
      begin: (payment, given, context) => beginCapture(payment, amount, given, context),
    } satisfies Parameters<typeof runOperation>[1];
    const operated = await deps.inFlight.track(runOperation(deps, command, call), command.paymentId);
    if (operated.isReplay) call.setTrailer("idempotent-replay", "true");
    requireSucceeded(operated);
    const { payment, isReplay } = operated;
    return { payment: paymentToProto(payment, call.caller), idempotentReplay: isReplay };
  };
}
