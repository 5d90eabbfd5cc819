import { Stripe } from "stripe";
import type { Failure } from "../../rules/payment.ts";
import { noResponseFor } from "../http-call.ts";
import type { NoResponse } from "../../rules/provider.ts";
import { codeShape, textShape } from "../shapes.ts";

/** A decline or rejection by Stripe, or no response. */
export type StripeFailure = NoResponse | StripeRejection;

type StripeRejection = {
  readonly kind: "rejected";
  readonly failure: Failure;
  /** The PaymentIntent that the declined call created; its status is final. */
  readonly intent: Stripe.PaymentIntent | undefined;
};

/** Returns the failure that an error thrown by Stripe's client stands for. */
export function stripeFailure(error: unknown): StripeFailure {
  const { StripeConnectionError, StripeError, StripeCardError, StripeInvalidRequestError } = Stripe.errors;
  if (!(error instanceof StripeError)) return { kind: "unknown", why: "an invalid response" };
  if (error instanceof StripeConnectionError) return noResponseFor(error.detail);
  const { statusCode = 0 } = error;
  // Stripe rejects a request above its rate limit, or with an invalid API key, before it processes the request.
  if (statusCode === 429) return { kind: "unsent", why: "the provider's rate limit" };
  if (statusCode === 401 || statusCode === 403)
    return { kind: "unsent", why: "the provider rejects the API key" };
  // The idempotency key has a concurrent request, or belongs to another request: neither is the outcome of this one.
  const isAboutKey = statusCode === 409 || error instanceof Stripe.errors.StripeIdempotencyError;
  const isRejection = error instanceof StripeCardError || error instanceof StripeInvalidRequestError;
  if (isRejection && !isAboutKey)
    return { kind: "rejected", failure: failureFrom(error), intent: error.payment_intent };
  const why = `an answer that is not understood, HTTP ${statusCode}`;
  return { kind: "unknown", why, isOutage: statusCode >= 500 };
}

/** Returns whether Stripe responded that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing";
}

export type StripeReason = {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly advice_code?: string | null | undefined;
  readonly message?: string | null | undefined;
};

/** Returns the failure for the reason of Stripe, or of the card's issuer. */
export function failureFrom({ code, decline_code, advice_code, message }: StripeReason): Failure {
  const failureCode = codeShape.safeParse(decline_code ?? code).data ?? "declined";
  const reason = textShape.safeParse(message).data || "The provider declined.";
  return {
    code: failureCode,
    reason,
    retryable: advice_code !== "do_not_try_again" && !hard.has(failureCode),
  };
}

/** Hard declines: codes of issuers and of Stripe that a further attempt with the same card returns again. */
const hard = new Set([
  "amount_too_large",
  "amount_too_small",
  "fraudulent",
  "invalid_account",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "stolen_card",
  "stop_payment_order",
]);
