import { newId } from "@till/ids";
import { money } from "@till/money";
import type { Charge, ProviderOperation } from "../../src/rules/provider.ts";

export const stripeKey = "sk_test_0123456789";

/** Settings of a payment service whose provider is Stripe, at this address. */
export const withStripe = ({ url }: { readonly url: string }) => ({
  ...{ TILL_PROVIDER: "stripe", TILL_STRIPE_SECRET_KEY: stripeKey, TILL_STRIPE_API_URL: url },
});
export const eurMinor = (minorUnits: bigint) => money("EUR", minorUnits);

/** The charge of a new payment, of EUR 100.00 unless an amount is given. */
export function chargeWith(token: string, amount = eurMinor(10_000n)): Charge {
  return { paymentId: newId(), orderId: newId(), amount, token };
}

/** A new operation on the payment of the stand-in's PaymentIntent of this number. */
export function operation(
  kind: ProviderOperation["kind"],
  paymentId: string,
  units: bigint,
  intent = 1,
): ProviderOperation {
  return { kind, id: newId(), paymentId, transactionId: `pi_${intent}`, amount: eurMinor(units) };
}
