import {
  RefundPaymentRequestSchema,
  type PaymentService,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { InFlightCalls } from "../charge/in-flight-calls.ts";
import type { OperationDependencies } from "./run-operation.ts";
import { amountFromRequest, requestKeyFrom } from "./operation-request.ts";
import { runOperation } from "./run-operation.ts";
import { requireSucceeded } from "./operation-result.ts";
import { beginRefund } from "../rules/begin-operation.ts";
import { paymentToProto, refundToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.RefundPayment */
export function refundPaymentRpc(
  deps: OperationDependencies & { readonly inFlight: InFlightCalls },
): UnaryHandler<typeof PaymentService.method.refundPayment> {
  return async (request, call) => {
    const amount = amountFromRequest(request.amount);
    const command = {
      paymentId: request.paymentId.toLowerCase(),
      request: requestKeyFrom(RefundPaymentRequestSchema, request, call),
      reason: request.reason,
      begin: (payment, given, context) => beginRefund(payment, amount, given, context),
    } satisfies Parameters<typeof runOperation>[1];
    const operated = await deps.inFlight.track(runOperation(deps, command, call), command.paymentId);
    if (operated.isReplay) call.setTrailer("idempotent-replay", "true");
    requireSucceeded(operated);
    const { payment, operation, isReplay } = operated;
    return {
      payment: paymentToProto(payment, call.caller),
      ...(operation && { refund: refundToProto(operation) }),
      idempotentReplay: isReplay,
    };
  };
}
