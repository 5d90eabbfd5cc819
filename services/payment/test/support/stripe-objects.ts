export type Form = Record<string, string>;
export type StripeObject = Record<string, unknown> & { id: string; metadata: Form };
export type StripeResponse = { status: number; body: object };

/** An error as Stripe sends it. */
export function error(status: number, type: string, more: object): StripeResponse {
  return { status, body: { error: { type, message: "no", ...more } } };
}

/** Captures; the rest stays authorized where the form says so. */
export function capture(intent: StripeObject, form: Form): StripeResponse {
  if (intent.status !== "requires_capture")
    return error(400, "invalid_request_error", { code: "payment_intent_unexpected_state" });
  const captured = Number(form.amount_to_capture);
  const left = Number(intent.amount_capturable) - captured;
  const isFinal = left === 0 || form.final_capture !== "false";
  for (const [name, value] of Object.entries(form)) {
    const mark = /^metadata\[(.*)\]$/.exec(name)?.[1];
    if (mark) intent.metadata[mark] = value;
  }
  Object.assign(intent.latest_charge as object, { captured: true });
  return {
    status: 200,
    body: Object.assign(intent, {
      status: isFinal ? "succeeded" : "requires_capture",
      amount_capturable: isFinal ? 0 : left,
      amount_received: Number(intent.amount_received) + captured,
    }),
  };
}

/** Cancels an authorization. */
export function cancel(intent: StripeObject): StripeResponse {
  if (intent.status === "succeeded")
    return error(400, "invalid_request_error", { code: "payment_intent_unexpected_state" });
  return { status: 200, body: Object.assign(intent, { status: "canceled", amount_capturable: 0 }) };
}

/** A list of one page. */
export function list(data: object[]): StripeResponse {
  return { status: 200, body: { object: "list", data, has_more: false } };
}

/** A page of two objects, so that a list takes several requests. */
export function page(all: StripeObject[], { starting_after }: Form): StripeResponse {
  const from = starting_after ? all.findIndex(({ id }) => id === starting_after) + 1 : 0;
  const data = all.slice(from, from + 2);
  return { status: 200, body: { object: "list", data, has_more: from + 2 < all.length } };
}

/** The charge behind a payment. */
export function chargeOf(form: Form, number: number) {
  const card = {
    ...cardShown,
    multicapture: { status: form.payment_method === "pm_multi" ? "available" : "unavailable" },
  };
  return {
    id: `ch_${number}`,
    status: "succeeded",
    amount: Number(form.amount),
    currency: form.currency,
    captured: form.capture_method !== "manual",
    amount_refunded: 0,
    created: now(),
    balance_transaction: null,
    payment_method_details: { card },
  };
}

/** The card behind every payment method. */
export const cardShown = { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 };

/** Stripe's time. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
