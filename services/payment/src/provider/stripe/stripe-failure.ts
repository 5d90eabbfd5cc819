import { Stripe } from "stripe";
import type { Failure } from "../../rules/payment.ts";
import { noResponseFor } from "../http-call.ts";
import type { NoResponse } from "../../rules/provider.ts";
import { codeShape, textShape } from "../shapes.ts";

/** A clear no, or no outcome at all. */
export type StripeFailure = NoResponse | Refusal;

export type Refusal = {
  readonly kind: "refused";
  readonly failure: Failure;
  /** The payment it left behind, which moves no more by itself. */
  readonly intent: Stripe.PaymentIntent | undefined;
};

/** What a call that threw has come to. */
export function stripeFailure(error: unknown): StripeFailure {
  const { StripeConnectionError, StripeError, StripeCardError, StripeInvalidRequestError } = Stripe.errors;
  if (!(error instanceof StripeError)) return { kind: "unknown", why: "an answer that is not understood" };
  if (error instanceof StripeConnectionError) return noResponseFor(error.detail);
  const { statusCode = 0 } = error;
  // Turned away before anything was looked at: too many at once, or not with this key.
  if (statusCode === 429) return { kind: "unsent", why: "the provider asks for patience" };
  if (statusCode === 401 || statusCode === 403)
    return { kind: "unsent", why: "the provider refuses our key" };
  // The same key is at work elsewhere, or was used for something else: neither is an answer to this.
  const isAboutKey = statusCode === 409 || error instanceof Stripe.errors.StripeIdempotencyError;
  const isNo = error instanceof StripeCardError || error instanceof StripeInvalidRequestError;
  if (isNo && !isAboutKey)
    return { kind: "refused", failure: failureFrom(error), intent: error.payment_intent };
  const why = `an answer that is not understood, HTTP ${statusCode}`;
  return { kind: "unknown", why, isOutage: statusCode >= 500 };
}

/** Whether Stripe has answered that it has no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing";
}

export type StripeReason = {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly advice_code?: string | null | undefined;
  readonly message?: string | null | undefined;
};

/** Why Stripe, or the card's bank behind it, says no. */
export function failureFrom({ code, decline_code, advice_code, message }: StripeReason): Failure {
  const said = codeShape.safeParse(decline_code ?? code).data ?? "declined";
  const reason = textShape.safeParse(message).data || "The provider declined.";
  return { code: said, reason, retryable: advice_code !== "do_not_try_again" && !hard.has(said) };
}

/** Banks say these of cards, and Stripe of requests, for which no further attempt will turn out otherwise. */
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
