import { hash } from "node:crypto";
import type { RequestKey } from "@till/rpc/request-key";
import {
  AuthorizePaymentRequestSchema,
  ProcessPaymentRequestSchema,
  type AuthorizePaymentRequest,
  type ProcessPaymentRequest,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, requireRequestKey, type Call } from "@till/rpc/server";
import type { Payment } from "../rules/payment.ts";
import { appError } from "../rules/errors.ts";

/** A well-formed request to charge or authorize. */
export type ChargeRequest = {
  readonly key: RequestKey;
  readonly orderId: string;
  readonly amount: Money;
  readonly source: Source;
  readonly captureMethod: Payment["captureMethod"];
};

/** What to charge: the provider's token, a stored payment method, or the payer's default payment method. */
export type Source =
  | { readonly kind: "default" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "method"; readonly paymentMethodId: string };

/** Reads a ProcessPayment request. Throws INVALID_ARGUMENT or IDEMPOTENCY_KEY_…. */
export function chargeRequestFromProto(request: ProcessPaymentRequest, call: Call): ChargeRequest {
  const same = { ...request, orderId: request.orderId.toLowerCase() };
  const hashed = { prefix: "", schema: ProcessPaymentRequestSchema, request: same };
  const key = requireRequestKey(request.idempotencyKey, call, hashed);
  return requestFrom(request, key, "automatic");
}

/** Reads an AuthorizePayment request. A key of ProcessPayment is not valid for it. */
export function authorizeRequestFromProto(request: AuthorizePaymentRequest, call: Call): ChargeRequest {
  const same = { ...request, orderId: request.orderId.toLowerCase() };
  const hashed = { prefix: "hold ", schema: AuthorizePaymentRequestSchema, request: same };
  const key = requireRequestKey(request.idempotencyKey, call, hashed);
  return requestFrom(request, key, "manual");
}

function requestFrom(
  request: ProcessPaymentRequest | AuthorizePaymentRequest,
  key: RequestKey,
  captureMethod: Payment["captureMethod"],
): ChargeRequest {
  const amount = amountFromProto(request.amount!, "amount");
  if (amount.minorUnits === 0n)
    throw appError("INVALID_ARGUMENT", "must be more than zero", { field: "amount" });
  return {
    key,
    orderId: request.orderId.toLowerCase(),
    amount,
    source: sourceFrom(request.method),
    captureMethod,
  };
}

function sourceFrom(method: ProcessPaymentRequest["method"]): Source {
  switch (method.case) {
    case "paymentToken":
      return { kind: "token", token: method.value };
    case "paymentMethodId":
      return { kind: "method", paymentMethodId: method.value.toLowerCase() };
    case undefined:
      return { kind: "default" };
  }
}

/** Tells a user's cards apart and reveals nothing about them. Two users with one token have different hashes. */
export function cardHashOf(userId: string, token: string): string {
  return hash("sha256", `card ${userId} ${token}`, "base64url").slice(0, 16);
}
