import { Stripe } from "stripe";
import type { Failure } from "../../rules/payment.ts";
import { noResponseFor } from "../http-call.ts";
import type { NoResponse } from "../../rules/provider.ts";
import { optionalCode, textShape } from "../shapes.ts";

/** A decline or rejection by Stripe, or no response. */
export type StripeFailure = NoResponse | StripeRejection;

type StripeRejection = {
  readonly kind: "rejected";
  readonly failure: Failure;
  /** The PaymentIntent that the declined call created; its status is final. */
  readonly intent: Stripe.PaymentIntent | undefined;
};

/** What a call is about: only a charge is declined for its card and amount; an operation also for the payment's state. */
export type StripeCall = "charge" | "operation" | "read";

/** Returns the failure that an error thrown by Stripe's client stands for. */
export function stripeFailure(error: unknown, call: StripeCall = "read"): StripeFailure {
  const { StripeConnectionError, StripeError, StripeCardError, StripeInvalidRequestError } = Stripe.errors;
  if (!(error instanceof StripeError)) return { kind: "unknown", why: "an invalid response" };
  if (error instanceof StripeConnectionError) return noResponseFor(error.detail);
  const { statusCode = 0 } = error;
  // Stripe rejects a request above its rate limit, or with an invalid API key, before it processes the request.
  if (statusCode === 429 || error instanceof Stripe.errors.StripeRateLimitError)
    return { kind: "unsent", why: "the provider's rate limit" };
  if (statusCode === 401 || statusCode === 403)
    return { kind: "unsent", why: "the provider rejects the API key", isInvalidRequest: true };
  // The idempotency key has a concurrent request, or belongs to another request: neither is the outcome of this one.
  const isAboutKey = statusCode === 409 || error instanceof Stripe.errors.StripeIdempotencyError;
  const isRejection = error instanceof StripeCardError || error instanceof StripeInvalidRequestError;
  if (isRejection && !isAboutKey) {
    const isDecline = error instanceof StripeCardError || !isInvalidRequest(error, call);
    if (!isDecline) return { kind: "unsent", why: invalidRequest(error), isInvalidRequest: true };
    return { kind: "rejected", failure: failureFrom(error), intent: error.payment_intent };
  }
  const why = `an answer that is not understood, HTTP ${statusCode}`;
  return { kind: "unknown", why, isOutage: statusCode >= 500 };
}

/** Returns whether Stripe responded that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.code === "resource_missing" &&
    !isOfOtherMode(error)
  );
}

type InvalidRequest = InstanceType<typeof Stripe.errors.StripeInvalidRequestError>;

/**
 * Whether Stripe rejects the request itself, as one with an unknown parameter, of the other mode or without a return
 * URL. What the payer sent is the token and the amount; what an operation meets is the payment's state.
 */
function isInvalidRequest(error: InvalidRequest, call: StripeCall): boolean {
  const { code = "", param = "" } = error;
  if (code === "parameter_unknown" || code === "livemode_mismatch" || isOfOtherMode(error)) return true;
  if (call === "operation") return /^(parameters?_|account_|api_key_|secret_key_|url_)/.test(code);
  const isAboutToken = ["payment_method", "customer", "source"].includes(param);
  const wasTried = Boolean(error.payment_intent?.last_payment_error);
  return !isAboutToken && !wasTried && !payersCodes.has(code);
}

/** Stripe names an object of the other mode as missing. */
function isOfOtherMode({ message }: InvalidRequest): boolean {
  return /similar object exists in (live|test) mode/.test(message);
}

/** Codes of 400s that are about the card, the token or the amount. */
const payersCodes = new Set([
  ...["amount_too_large", "amount_too_small", "invalid_charge_amount"],
  ...["card_decline_rate_limit_exceeded", "card_declined", "expired_card", "processing_error"],
  ...["charge_exceeds_source_limit", "charge_exceeds_transaction_limit", "charge_exceeds_weekly_limit"],
  ...["incorrect_address", "incorrect_cvc", "incorrect_number", "incorrect_zip"],
  ...["invalid_card_type", "invalid_cvc", "invalid_expiry_month", "invalid_expiry_year", "invalid_number"],
  ...["payment_intent_authentication_failure", "payment_intent_incompatible_payment_method"],
  ...["payment_intent_payment_attempt_expired", "payment_intent_payment_attempt_failed"],
  ...["payment_method_customer_decline", "payment_method_invalid_parameter", "payment_method_not_available"],
  ...[
    "payment_method_provider_decline",
    "payment_method_provider_timeout",
    "payment_method_unexpected_state",
  ],
  ...["resource_missing", "token_already_used", "token_in_use"],
]);

/** Names what Stripe rejects, without the values of the request. */
function invalidRequest({ code, param }: InvalidRequest): string {
  const facts = [optionalCode.parse(code), optionalCode.parse(param)].filter((fact) => fact !== undefined);
  return ["the provider rejects the request", ...facts].join(" ");
}

export type StripeReason = {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly advice_code?: string | null | undefined;
  readonly message?: string | null | undefined;
};

/** Returns the failure for the reason of Stripe, or of the card's issuer. */
export function failureFrom({ code, decline_code, advice_code, message }: StripeReason): Failure {
  const failureCode = optionalCode.parse(decline_code) ?? optionalCode.parse(code) ?? "declined";
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
