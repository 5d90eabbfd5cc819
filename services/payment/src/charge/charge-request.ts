import { hash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import {
  AuthorizePaymentRequestSchema,
  ProcessPaymentRequestSchema,
  type AuthorizePaymentRequest,
  type ProcessPaymentRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, requireIdempotencyKey, type Call } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";
import type { RequestKey } from "../rules/payment.ts";

/** A request to pay that is well-formed in itself; whether it can be carried out is another question. */
export type ChargeRequest = {
  readonly key: RequestKey;
  readonly orderId: string;
  readonly amount: Money;
  readonly source: Source;
  /** Whether the money is to be taken at once, or only to be held. */
  readonly wantsCapture: boolean;
};

/** What is to be charged: the provider's token for it, or a payment method stored earlier. */
export type Source =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "method"; readonly paymentMethodId: string };

/** Reads a ProcessPayment request. Throws INVALID_ARGUMENT or IDEMPOTENCY_KEY_…. */
export function chargeRequestFromProto(request: ProcessPaymentRequest, call: Call): ChargeRequest {
  const bytes = toBinary(ProcessPaymentRequestSchema, { ...request, ...normal(request) });
  return askedFrom(request, call, { wantsCapture: true, bytes });
}

/** Reads an AuthorizePayment request; a key that was used to take money is not good for holding it. */
export function authorizeRequestFromProto(request: AuthorizePaymentRequest, call: Call): ChargeRequest {
  const bytes = toBinary(AuthorizePaymentRequestSchema, { ...request, ...normal(request) });
  return askedFrom(request, call, {
    wantsCapture: false,
    bytes: Buffer.concat([Buffer.from("hold "), bytes]),
  });
}

/** Two requests are the same when all but the key agrees. */
function normal({ orderId }: ProcessPaymentRequest | AuthorizePaymentRequest) {
  return { orderId: orderId.toLowerCase(), idempotencyKey: "" };
}

type Wish = { readonly wantsCapture: boolean; readonly bytes: Uint8Array };

function askedFrom(
  request: ProcessPaymentRequest | AuthorizePaymentRequest,
  call: Call,
  { wantsCapture, bytes }: Wish,
): ChargeRequest {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const amount = amountFromProto(request.amount!, "amount");
  if (amount.minorUnits === 0n)
    throw appError("INVALID_ARGUMENT", "must be more than zero", { field: "amount" });
  return {
    key: { callerId: call.caller.id, key, hash: hash("sha256", bytes, "base64url") },
    orderId: request.orderId.toLowerCase(),
    amount,
    source: sourceFrom(request.method),
    wantsCapture,
  };
}

function sourceFrom(method: ProcessPaymentRequest["method"]): Source {
  switch (method.case) {
    case "paymentToken":
      return { kind: "token", token: method.value };
    case "paymentMethodId":
      return { kind: "method", paymentMethodId: method.value.toLowerCase() };
    case undefined:
      throw appError("INVALID_ARGUMENT", "a token or a payment method is required", {
        field: "payment_token",
      });
  }
}
