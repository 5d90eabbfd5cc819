import { hash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import {
  ProcessPaymentRequestSchema,
  type ProcessPaymentRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, refuseField, requireIdempotencyKey, type Call } from "@till/rpc";
import type { RequestKey } from "./payment.ts";

/** A ProcessPayment request that is well-formed in itself; whether it can be carried out is another question. */
export type AskedPayment = {
  readonly key: RequestKey;
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's token for what is to be charged. */
  readonly token: string;
};

/** Reads a request. Throws INVALID_ARGUMENT or IDEMPOTENCY_KEY_…. */
export function askedPaymentFromProto(request: ProcessPaymentRequest, call: Call): AskedPayment {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const { method } = request;
  if (method.case !== "paymentToken")
    refuseField("payment_method_id", "stored payment methods are not served yet");
  const orderId = request.orderId.toLowerCase();
  const amount = amountFromProto(request.amount!, "amount");
  if (amount.minorUnits === 0n) refuseField("amount", "must be more than zero");
  return {
    key: { callerId: call.caller.id, key, hash: hashOf(request, orderId) },
    orderId,
    amount,
    token: method.value,
  };
}

/** Two requests are the same when all but the key agrees. */
function hashOf(request: ProcessPaymentRequest, orderId: string): string {
  const bytes = toBinary(ProcessPaymentRequestSchema, { ...request, orderId, idempotencyKey: "" });
  return hash("sha256", bytes, "base64url");
}
