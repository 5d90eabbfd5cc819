import type { Money } from "@till/money";
import type { Card, Failure, Operation, Payment } from "./payment.ts";

/** A payment service provider, as far as a payment cares. It answers in bounded time, and only `ledger` throws. */
export type Provider = {
  /** Part of what the provider's transactions are known by, such as `sandbox` or `stripe`. */
  readonly name: string;
  /** Takes the money. Safe to repeat: one payment is charged once, however often it is asked for. */
  charge(charge: Charge): Promise<Outcome>;
  /** Holds the money, to be captured or voided. As safe to repeat. */
  authorize(charge: Charge): Promise<Outcome>;
  /** What became of a payment whose answer was lost, and how it stands now. */
  find(ref: PaymentRef): Promise<Finding>;
  /** Takes money that is held; the three of these are as safe to repeat as a charge, by the operation's id. */
  capture(operation: ProviderOperation): Promise<OperationOutcome>;
  /** Lets go of what is held. */
  void(operation: ProviderOperation): Promise<OperationOutcome>;
  /** Gives money back. */
  refund(operation: ProviderOperation): Promise<OperationOutcome>;
  /** What became of an operation whose answer was lost. */
  findOperation(operation: ProviderOperation): Promise<OperationFinding>;
  /** What may be shown of the card behind a token. */
  describeCard(token: string): Promise<CardFinding>;
  /** What the provider says it did between two times, the first included. Throws ProviderUnreachable. */
  ledger(range: LedgerRange): AsyncIterable<LedgerEntry>;
};

export type Charge = {
  /** Ours; the provider's idempotency key as well. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's token for what is charged. A secret. */
  readonly token: string;
};

export type PaymentRef = { readonly paymentId: string; readonly transactionId?: string | undefined };

export type ProviderOperation = {
  readonly kind: "capture" | "void" | "refund";
  /** Ours; the provider's idempotency key as well. */
  readonly id: string;
  readonly paymentId: string;
  readonly transactionId: string;
  readonly amount: Money;
};

/** No outcome. Nothing is `unsent` unless it is certain that the provider has heard nothing of it. */
export type NoResponse = { readonly kind: "unknown" | "unsent" } & Silence;

/** `isOutage`: the provider was not reached, or is in trouble itself. No matter of this one call. */
export type Silence = { readonly why: string; readonly isOutage?: boolean | undefined };

/** What came of a charge or a hold. Anything but a clear yes or no is `unknown`. */
export type Outcome =
  | {
      readonly kind: "approved";
      readonly transactionId: string;
      /** What was taken. */
      readonly amount: Money;
      /** What was held before; as much as was taken where nothing is said. */
      readonly authorized?: Money | undefined;
      readonly card?: Card | undefined;
    }
  | {
      readonly kind: "authorized";
      readonly transactionId: string;
      readonly amount: Money;
      readonly card?: Card | undefined;
    }
  /** The payer has to do something at this address first. */
  | { readonly kind: "requires-action"; readonly transactionId: string; readonly url: string }
  | ({ readonly kind: "declined"; readonly transactionId?: string | undefined } & Failure)
  | { readonly kind: "voided"; readonly transactionId: string }
  | NoResponse;

export type OperationOutcome =
  | { readonly kind: "succeeded"; readonly transactionId: string; readonly amount: Money }
  | { readonly kind: "pending"; readonly transactionId: string }
  | ({ readonly kind: "failed" } & Failure)
  | NoResponse;

/** `missing`: the provider has answered that it knows of no such payment. */
export type Finding =
  | (Outcome & { readonly captured?: Money | undefined; readonly refunded?: Money | undefined })
  | { readonly kind: "missing" };

/** `missing`: the provider has answered that it knows of no such operation. */
export type OperationFinding = OperationOutcome | { readonly kind: "missing" };

export type CardFinding = Card | { readonly kind: "invalid" } | ({ readonly kind: "unreachable" } & Silence);

export type LedgerRange = { readonly from: Date; readonly until: Date };

/** One time that money was held, let go or moved. */
export type LedgerEntry = {
  readonly id: string;
  readonly type: "authorize" | "charge" | "capture" | "void" | "refund";
  readonly amount: Money;
  readonly orderId: string;
  readonly paymentId: string;
  /** Our key of what was done: a payment's or an operation's id. */
  readonly key: string;
  readonly at: Date;
};

/** The provider's ledger cannot be read, or read to its end: what was read of it so far proves nothing. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/** What the provider is told of a payment that may still have to be charged. */
export function chargeOf(payment: Pick<Payment, "id" | "orderId" | "amount">, token: string): Charge {
  const { id: paymentId, orderId, amount } = payment;
  return { paymentId, orderId, amount, token };
}

/** An operation as the provider is told of it. */
export function providerOperation(payment: Payment, { kind, id, amount }: Operation): ProviderOperation {
  const { id: paymentId, transactionId } = payment;
  if (transactionId === undefined) throw new Error(`payment ${paymentId} has no transaction`);
  return { kind, id, paymentId, transactionId, amount };
}
