import type { Stripe } from "stripe";
import type { CardFinding, Charge, Outcome, Provider } from "../../rules/provider.ts";
import { cardShape, codeShape } from "../shapes.ts";
import { toStripeAmount } from "./stripe-amount.ts";
import { stripeClient, type StripeClientOptions } from "./stripe-client.ts";
import { stripeFailure } from "./stripe-failure.ts";
import { find, findPaymentId } from "./stripe-find.ts";
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
    findPaymentId: (transactionId) => findPaymentId(stripe, transactionId),
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
    const failure = stripeFailure(error, "charge");
    if (failure.kind !== "rejected") return failure;
    const transactionId = readIntent(failure.intent, charge)?.id;
    return { kind: "declined", ...failure.failure, transactionId };
  }
}

/** Returns the card of a token that can be charged again: Stripe takes a PaymentMethod without a customer once only. */
async function describeCard(stripe: Stripe, token: string): Promise<CardFinding> {
  const [methodId, customer] = token.split("/").reverse();
  try {
    const method = await stripe.paymentMethods.retrieve(methodId!);
    if (!codeShape.safeParse(method.id).success) return { ...notUnderstood, kind: "unreachable" };
    if (!method.card) return { kind: "invalid" };
    const owner = typeof method.customer === "object" ? method.customer?.id : method.customer;
    const isAttached = customer !== undefined && (owner === undefined || owner === customer);
    if (!isAttached || method.customer === null) return { kind: "invalid", wanted };
    return cardShape.safeParse(method.card).data ?? { ...notUnderstood, kind: "unreachable" };
  } catch (error) {
    const failure = stripeFailure(error);
    return failure.kind === "rejected" ? { kind: "invalid" } : { ...failure, kind: "unreachable" };
  }
}

const wanted = "a PaymentMethod that is attached to a customer, as cus_…/pm_…";
