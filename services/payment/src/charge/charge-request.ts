import type { RequestKey } from "@till/rpc/request-key";
import {
  AuthorizePaymentRequestSchema,
  ProcessPaymentRequestSchema,
  type AuthorizePaymentRequest,
  type ProcessPaymentRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, requireRequestKey, type Call } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";

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
  const same = { ...request, orderId: request.orderId.toLowerCase() };
  const hashed = { prefix: "", schema: ProcessPaymentRequestSchema, request: same };
  const key = requireRequestKey(request.idempotencyKey, call, hashed);
  return askedFrom(request, key, true);
}

/** Reads an AuthorizePayment request; a key that was used to take money is not good for holding it. */
export function authorizeRequestFromProto(request: AuthorizePaymentRequest, call: Call): ChargeRequest {
  const same = { ...request, orderId: request.orderId.toLowerCase() };
  const hashed = { prefix: "hold ", schema: AuthorizePaymentRequestSchema, request: same };
  const key = requireRequestKey(request.idempotencyKey, call, hashed);
  return askedFrom(request, key, false);
}

function askedFrom(
  request: ProcessPaymentRequest | AuthorizePaymentRequest,
  key: RequestKey,
  wantsCapture: boolean,
): ChargeRequest {
  const amount = amountFromProto(request.amount!, "amount");
  if (amount.minorUnits === 0n)
    throw appError("INVALID_ARGUMENT", "must be more than zero", { field: "amount" });
  return {
    key,
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
