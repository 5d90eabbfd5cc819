import type { Money } from "@till/money";
import type { Card, Dispute, Failure, Operation, Payment } from "./payment.ts";

/** The port of a payment service provider. Each call returns in bounded time, and only `ledger` throws. */
export type Provider = {
  /** Such as `sandbox` or `stripe`. */
  readonly name: string;
  /** Authorizes and captures. Safe to repeat: a payment is charged once. */
  charge(charge: Charge): Promise<Outcome>;
  /** Authorizes, to be captured or voided. As safe to repeat. */
  authorize(charge: Charge): Promise<Outcome>;
  /** Reads a payment's outcome and present state. */
  find(ref: PaymentRef): Promise<Finding>;
  /** Reads which payment of Till a provider transaction is of. */
  findPaymentId(transactionId: string): Promise<PaymentIdFinding>;
  /** Captures an authorization. Operations are safe to repeat by their id. */
  capture(operation: ProviderOperation): Promise<OperationOutcome>;
  /** Voids an authorization. */
  void(operation: ProviderOperation): Promise<OperationOutcome>;
  /** Refunds captured money. */
  refund(operation: ProviderOperation): Promise<OperationOutcome>;
  /** Reads an operation's outcome. */
  findOperation(operation: ProviderOperation): Promise<OperationFinding>;
  /** Returns the card display of a token. */
  describeCard(token: string): Promise<CardFinding>;
  /** Reads the provider's ledger between two times, the first included. Throws ProviderUnreachable. */
  ledger(range: LedgerRange): AsyncIterable<LedgerEntry>;
};

export type Charge = {
  /** Till's id; also the provider's idempotency key. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  /** The payment token. A secret. */
  readonly token: string;
};

export type PaymentRef = {
  readonly paymentId: string;
  readonly transactionId?: string | undefined;
  /**
   * The time of the first attempt to charge. With it, `missing` is certain: the provider is read where a charge appears
   * at once, which may take longer.
   */
  readonly attemptedSince?: Date | undefined;
};

/**
 * A payment as an event of the provider names it: by Till's id or, where the object is not made by Till, such as a
 * dispute, by the provider's transaction id.
 */
export type NamedPayment =
  | { readonly paymentId: string; readonly transactionId?: undefined }
  | { readonly paymentId?: undefined; readonly transactionId: string };

/** `missing`: the transaction is none of Till's, but of another application with the provider's account. */
export type PaymentIdFinding = { readonly paymentId: string } | { readonly kind: "missing" } | NoResponse;

export type ProviderOperation = {
  readonly kind: "capture" | "void" | "refund";
  /** Till's id; also the provider's idempotency key. */
  readonly id: string;
  readonly paymentId: string;
  readonly transactionId: string;
  readonly amount: Money;
};

/** No outcome. `unsent` only if it is certain that the provider did not receive the call. */
export type NoResponse = { readonly kind: "unknown" | "unsent" } & NoResponseReason;

/**
 * `isOutage`: the provider was not reached or reports an error of its own, which other calls may get as well.
 * `isInvalidRequest`: the provider rejects the request itself, not the card: Till or its configuration is at fault, and
 * trying again does not help before an operator has acted.
 */
type NoResponseReason = {
  readonly why: string;
  readonly isOutage?: boolean | undefined;
  readonly isInvalidRequest?: boolean | undefined;
};

/** Outcome of a charge or authorization. Anything that is not a clear success or decline is `unknown`. */
export type Outcome =
  | {
      readonly kind: "approved";
      readonly transactionId: string;
      /** The captured amount. */
      readonly amount: Money;
      /** The authorized amount; the captured one if undefined. */
      readonly authorized?: Money | undefined;
      readonly card?: Card | undefined;
    }
  | {
      readonly kind: "authorized";
      readonly transactionId: string;
      readonly amount: Money;
      readonly card?: Card | undefined;
    }
  /** The payer has to confirm the payment at this address. */
  | { readonly kind: "requires-action"; readonly transactionId: string; readonly url: string }
  | ({ readonly kind: "declined"; readonly transactionId?: string | undefined } & Failure)
  | { readonly kind: "voided"; readonly transactionId: string }
  | NoResponse;

export type OperationOutcome =
  | { readonly kind: "succeeded"; readonly transactionId: string; readonly amount: Money }
  | { readonly kind: "pending"; readonly transactionId: string }
  | ({ readonly kind: "failed" } & Failure)
  | NoResponse;

/** `missing`: the provider has no such payment. */
export type Finding =
  | (Outcome & {
      readonly captured?: Money | undefined;
      /** By refunds: without money that a dispute withdrew. */
      readonly refunded?: Money | undefined;
      readonly dispute?: ProviderDispute | undefined;
    })
  | { readonly kind: "missing" };

/** `missing`: the provider has no such operation. */
export type OperationFinding = OperationOutcome | { readonly kind: "missing" };

/** `wanted`: what a token must be to be stored, where the provider knows this one but it cannot be charged again. */
export type CardFinding =
  | Card
  | { readonly kind: "invalid"; readonly wanted?: string | undefined }
  | ({ readonly kind: "unreachable" } & NoResponseReason);

/**
 * The newest dispute of a payment. Its amount is withdrawn until it is WON: an inquiry, before any money is withdrawn, is
 * no dispute.
 */
export type ProviderDispute = Omit<Dispute, "withdrawn">;

export type LedgerRange = { readonly from: Date; readonly until: Date };

/** One money movement, authorization or void. */
export type LedgerEntry = {
  readonly id: string;
  readonly type: "authorize" | "charge" | "capture" | "void" | "refund";
  readonly amount: Money;
  readonly orderId: string;
  readonly paymentId: string;
  /** Till's id of the payment or operation. */
  readonly key: string;
  readonly at: Date;
  /**
   * Of an entry that no request caused: `dispute`, a refund, is money that a dispute withdrew; `dispute_won` and
   * `refund_failed`, charges, are money that came back.
   */
  readonly cause?: "dispute" | "dispute_won" | "refund_failed" | undefined;
};

/** The provider did not respond, or its ledger could not be read to the end. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/** The charge of a payment. */
export function chargeOf(payment: Pick<Payment, "id" | "orderId" | "amount">, token: string): Charge {
  const { id: paymentId, orderId, amount } = payment;
  return { paymentId, orderId, amount, token };
}

/** The provider call of an operation. */
export function providerOperation(payment: Payment, { kind, id, amount }: Operation): ProviderOperation {
  const { id: paymentId, transactionId } = payment;
  if (transactionId === undefined) throw new Error(`payment ${paymentId} has no transaction`);
  return { kind, id, paymentId, transactionId, amount };
}
