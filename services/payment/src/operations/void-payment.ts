import {
  VoidPaymentRequestSchema,
  type PaymentService,
  type VoidPaymentRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import { idempotencyKeyOf, type Call, type UnaryHandler } from "@till/rpc/server";
import { unchanged, type Context, type Decision } from "../rules/decision.ts";
import type { InFlightCalls } from "../charge/in-flight-calls.ts";
import type { OperationDependencies } from "./run-operation.ts";
import type { Payment } from "../rules/payment.ts";
import { requirePayment } from "../rules/access.ts";
import { requestKeyFrom } from "./operation-request.ts";
import { runOperation, repeat, type OperationResult } from "./run-operation.ts";
import { requireSucceeded } from "./operation-result.ts";
import { beginVoid } from "../rules/begin-operation.ts";
import { type NewOperation } from "../rules/operation.ts";
import { paymentToProto } from "../queries/payment-to-proto.ts";

/** PaymentService.VoidPayment */
export function voidPaymentRpc(
  deps: OperationDependencies & { readonly inFlight: InFlightCalls },
): UnaryHandler<typeof PaymentService.method.voidPayment> {
  return async (request, call) => {
    const operated = await deps.inFlight.track(voidPayment(deps, request, call), request.paymentId);
    if (operated.isReplay) call.setTrailer("idempotent-replay", "true");
    requireSucceeded(operated);
    return { payment: paymentToProto(operated.payment, call.caller) };
  };
}

/** Voids an authorization. A repeat, with or without a key, returns the void that is done or pending. */
async function voidPayment(
  deps: OperationDependencies,
  command: VoidPaymentRequest,
  call: Call,
): Promise<OperationResult> {
  const paymentId = command.paymentId.toLowerCase();
  const hasKey = idempotencyKeyOf(command.idempotencyKey, call) !== undefined;
  const request = hasKey ? requestKeyFrom(VoidPaymentRequestSchema, command, call) : undefined;
  const payment = await deps.store.findShown(paymentId);
  requirePayment(payment, paymentId, call.caller);
  const underWay = payment.operations.find((one) => one.kind === "void" && one.status === "PENDING");
  if (underWay) return repeat(deps, underWay, call);
  return runOperation(deps, { paymentId, request, begin: beginUnlessDone }, call);
}

function beginUnlessDone(payment: Payment, given: NewOperation, context: Context): Decision {
  const isDone =
    payment.status === "VOIDED" ||
    payment.operations.some((one) => one.kind === "void" && one.status === "SUCCEEDED");
  return isDone ? unchanged(payment) : beginVoid(payment, given, context);
}
