import type { Money } from "@till/money";
import type { Failure, Payment } from "../payment.ts";

/** A payment service provider, as far as a payment cares. It answers in bounded time and never throws. */
export type Provider = {
  /** Takes the money. Safe to repeat: one payment is charged once, however often it is asked for. */
  charge(charge: Charge): Promise<Outcome>;
  /** What became of a charge whose answer was lost. */
  find(charge: Charge): Promise<Finding>;
};

export type Charge = {
  /** Ours; the provider's idempotency key as well. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's token for what is charged. A secret. */
  readonly token: string;
};

/** What came of a charge. Anything but a clear yes or no is `unknown`; `unsent` never reached the provider. */
export type Outcome =
  | { readonly kind: "approved"; readonly transactionId: string; readonly amount: Money }
  | ({ readonly kind: "declined" } & Failure)
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "unsent"; readonly why: string };

/** `missing`: the provider has answered that it knows of no such charge. */
export type Finding = Outcome | { readonly kind: "missing" };

/** What the provider is told of a payment that may still have to be charged. */
export function chargeOf({ id: paymentId, orderId, amount, providerToken: token }: Payment): Charge {
  if (token === undefined) throw new Error(`payment ${paymentId} has no token left`);
  return { paymentId, orderId, amount, token };
}
