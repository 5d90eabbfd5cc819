import type { Stripe } from "stripe";
import type { CardFinding, Charge, Finding, Outcome, PaymentRef, Provider } from "../../rules/provider.ts";
import { cardShape } from "../shapes.ts";
import { toStripeAmount } from "./stripe-amount.ts";
import { stripeClient, type StripeClientOptions } from "./stripe-client.ts";
import { isMissing, stripeFailure } from "./stripe-failure.ts";
import { notUnderstood, outcomeOf, readIntent } from "./stripe-intent.ts";
import { stripeLedger } from "./stripe-ledger.ts";
import { cancel, capture, findOperation, refund, unsupported } from "./stripe-operations.ts";

export type StripeOptions = StripeClientOptions & {
  /** The page to which the issuer redirects the payer. Without it, a payment that requires action is declined. */
  readonly returnUrl?: string | undefined;
};

/** Stripe, by PaymentIntents. A token is a PaymentMethod: `pm_…`, or its customer's `cus_…/pm_…`. */
export function stripeProvider(options: StripeOptions): Provider {
  const stripe = stripeClient(options);
  return {
    name: "stripe",
    charge: (charge) => pay(stripe, charge, "automatic", options),
    authorize: (charge) => pay(stripe, charge, "manual", options),
    find: (ref) => find(stripe, ref),
    capture: (operation) => capture(stripe, operation),
    void: (operation) => cancel(stripe, operation),
    refund: (operation) => refund(stripe, operation),
    findOperation: (operation) => findOperation(stripe, operation),
    describeCard: (token) => describeCard(stripe, token),
    ledger: (range) => stripeLedger(stripe, range),
  };
}

async function pay(
  stripe: Stripe,
  charge: Charge,
  method: "automatic" | "manual",
  { returnUrl }: StripeOptions,
): Promise<Outcome> {
  const { paymentId, orderId, token } = charge;
  const amount = toStripeAmount(charge.amount);
  if (amount === undefined) return { kind: "declined", ...unsupported };
  const [payment_method, customer] = token.split("/").reverse();
  const isManual = method === "manual";
  try {
    const response = await stripe.paymentIntents.create(
      {
        amount,
        currency: charge.amount.currency.toLowerCase(),
        payment_method: payment_method!,
        ...(customer && { customer }),
        allowed_payment_method_types: ["card"],
        capture_method: method,
        ...(isManual && { payment_method_options: { card: { request_multicapture: "if_available" } } }),
        confirm: true,
        ...(returnUrl && { return_url: returnUrl }),
        ...(!returnUrl && { error_on_requires_action: true }),
        metadata: { payment_id: paymentId, order_id: orderId },
        expand: ["latest_charge"],
      },
      { idempotencyKey: `${paymentId}:${isManual ? "authorize" : "charge"}` },
    );
    return outcomeOf(readIntent(response, charge));
  } catch (error) {
    const failure = stripeFailure(error);
    if (failure.kind !== "rejected") return failure;
    const transactionId = readIntent(failure.intent, charge)?.id;
    return { kind: "declined", ...failure.failure, transactionId };
  }
}

/**
 * Reads a payment's outcome. Stripe's search lags by up to a minute: a charge that is repeated because the search did
 * not find it has the same idempotency key, so Stripe returns the first charge.
 */
async function find(stripe: Stripe, ref: PaymentRef): Promise<Finding> {
  try {
    const response = await (ref.transactionId
      ? stripe.paymentIntents.retrieve(ref.transactionId, { expand: ["latest_charge"] })
      : search(stripe, ref));
    return response ? outcomeOf(readIntent(response, ref)) : { kind: "missing" };
  } catch (error) {
    if (isMissing(error)) return { kind: "missing" };
    const failure = stripeFailure(error);
    return failure.kind === "rejected" ? notUnderstood : failure;
  }
}

async function search(stripe: Stripe, { paymentId }: PaymentRef) {
  const query = `metadata["payment_id"]:${JSON.stringify(paymentId)}`;
  const { data } = await stripe.paymentIntents.search({ query, limit: 1, expand: ["data.latest_charge"] });
  return data[0];
}

async function describeCard(stripe: Stripe, token: string): Promise<CardFinding> {
  try {
    const method = await stripe.paymentMethods.retrieve(token.split("/").at(-1)!);
    if (!method.card) return { kind: "invalid" };
    return cardShape.safeParse(method.card).data ?? { ...notUnderstood, kind: "unreachable" };
  } catch (error) {
    const failure = stripeFailure(error);
    return failure.kind === "rejected" ? { kind: "invalid" } : { ...failure, kind: "unreachable" };
  }
}
