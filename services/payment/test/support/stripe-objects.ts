export type Form = Record<string, string>;
export type StripeObject = Record<string, unknown> & { id: string; metadata: Form };
type StripeCharge = StripeObject & { amount_refunded: number; disputed: boolean };
export type StripeIntent = StripeObject & {
  amount: number;
  amount_received: number;
  amount_capturable: number;
  currency: string;
  latest_charge: StripeCharge | null;
};
export type StripeRefund = StripeObject & { amount: number; status: string; payment_intent: string };
export type StripeDispute = StripeObject & {
  amount: number;
  status: string;
  is_charge_refundable: boolean;
  balance_transactions: { amount: number; created: number; reporting_category: string }[];
};
export type StripeResponse = { status: number; body: object };

/** An error as Stripe sends it. */
export function error(status: number, type: string, more: object): StripeResponse {
  return { status, body: { error: { type, message: "no", ...more } } };
}

/** A 400 or 404 of Stripe's. */
export function invalid(more: object, status = 400): StripeResponse {
  return error(status, "invalid_request_error", more);
}

/** Captures; the rest stays authorized where the form says so. */
export function capture(intent: StripeIntent, form: Form): StripeResponse {
  if (intent.status !== "requires_capture") return invalid({ code: "payment_intent_unexpected_state" });
  const captured = Number(form.amount_to_capture ?? intent.amount_capturable);
  const left = intent.amount_capturable - captured;
  if (left < 0) return invalid({ code: "amount_too_large", param: "amount_to_capture" });
  const isFinal = left === 0 || form.final_capture !== "false";
  for (const [name, value] of Object.entries(form)) {
    const mark = /^metadata\[(.*)\]$/.exec(name)?.[1];
    if (mark) intent.metadata[mark] = value;
  }
  Object.assign(intent.latest_charge!, { captured: true, balance_transaction: { created: now() } });
  return {
    status: 200,
    body: Object.assign(intent, {
      status: isFinal ? "succeeded" : "requires_capture",
      amount_capturable: isFinal ? 0 : left,
      amount_received: intent.amount_received + captured,
    }),
  };
}

/** Cancels an authorization. Its charge stays as it is, uncaptured and without a refund. */
export function cancel(intent: StripeIntent, whereCaptured = "canceled"): StripeResponse {
  if (["succeeded", "canceled"].includes(String(intent.status)))
    return invalid({ code: "payment_intent_unexpected_state" });
  const status = intent.amount_received > 0 ? whereCaptured : "canceled";
  const body = Object.assign(intent, { status, amount_capturable: 0, canceled_at: now() });
  return { status: 200, body };
}

/** The PaymentIntent of a form, charged or authorized, or as its payment method's scenario has it. */
export function newIntent(form: Form, number: number): StripeIntent {
  const amount = Number(form.amount);
  const isHold = form.capture_method === "manual";
  const metadata = Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => {
      const key = /^metadata\[(.*)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  return {
    id: `pi_${number}`,
    object: "payment_intent",
    created: now(),
    amount,
    currency: form.currency!,
    capture_method: form.capture_method,
    payment_method: form.payment_method,
    metadata,
    status: isHold ? "requires_capture" : "succeeded",
    amount_capturable: isHold ? amount : 0,
    amount_received: isHold ? 0 : amount,
    canceled_at: null,
    next_action: null,
    last_payment_error: null,
    latest_charge: newCharge(form, number),
  };
}

function newCharge(form: Form, number: number): StripeCharge {
  const multicapture = { status: form.payment_method === "pm_multi" ? "available" : "unavailable" };
  return {
    id: `ch_${number}`,
    object: "charge",
    status: "succeeded",
    amount: Number(form.amount),
    currency: form.currency,
    captured: form.capture_method !== "manual",
    amount_refunded: 0,
    disputed: false,
    created: now(),
    balance_transaction: null,
    payment_intent: `pi_${number}`,
    metadata: {},
    payment_method_details: { card: { ...cardShown, multicapture } },
  };
}

/** A refund of an amount, which the charge counts unless it has failed. */
export function newRefund(
  { id: payment_intent, currency, latest_charge: charge }: StripeIntent,
  { amount, metadata, number }: { amount: number; metadata: Form; number: number },
  status: string,
): StripeRefund {
  charge!.amount_refunded += amount;
  return {
    id: `re_${number}`,
    object: "refund",
    amount,
    currency,
    status,
    reason: null,
    payment_intent,
    charge: charge!.id,
    balance_transaction: status === "succeeded" ? `txn_re_${number}` : null,
    created: now(),
    metadata,
  };
}

/** The card behind every payment method. */
export const cardShown = { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 };

/** Stripe's time. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
