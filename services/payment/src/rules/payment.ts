import type { Money } from "@till/money";
import type { RequestKey } from "@till/rpc/request-key";

/** One attempt to pay one order. */
export type Payment = {
  /** The provider knows the payment by it, too: it is the key of every charge. */
  readonly id: string;
  readonly userId: string;
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly authorized: Money;
  readonly captured: Money;
  readonly refunded: Money;
  /** What captures and refunds under way will take and give back: no two of them are given the same money. */
  readonly capturePending: Money;
  readonly refundPending: Money;
  /** What is charged, such as "card". */
  readonly method: string;
  /** The stored payment method, where the payer named one. */
  readonly paymentMethodId: string | undefined;
  readonly card: Card | undefined;
  /** automatic: charged at once; manual: authorized, and captured later. */
  readonly captureMethod: "automatic" | "manual";
  /** Whether its order was cancelled or cannot take it: what is held for it is let go, what was taken goes back. */
  readonly mustReverse: boolean;
  /** Where the payer has to go. */
  readonly actionUrl: string | undefined;
  readonly transactionId: string | undefined;
  readonly failure: Failure | undefined;
  /** Until when a process is at work on it with the provider; undefined while none is. */
  readonly leaseExpiresAt: Date | undefined;
  /** The request it answers; undefined once it was refused before anything was tried, so that its key is free. */
  readonly request: RequestKey | undefined;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the provider said yes or no. */
  readonly processedAt: Date | undefined;
  /** Its captures, voids and refunds, oldest first. */
  readonly operations: readonly Operation[];
};

/** A capture, a void or a refund: something asked of the provider about a payment it knows. */
export type Operation = {
  /** The provider's idempotency key as well. */
  readonly id: string;
  readonly paymentId: string;
  readonly userId: string;
  readonly orderId: string;
  readonly kind: "capture" | "void" | "refund";
  readonly status: "PENDING" | "SUCCEEDED" | "FAILED";
  readonly amount: Money;
  /** What Till began by itself, or because of an event, it begins once for each payment and scope. */
  readonly scope: string | undefined;
  /** The order's refund it carries out. */
  readonly orderRefundId: string | undefined;
  readonly request: RequestKey | undefined;
  readonly reason: string;
  readonly transactionId: string | undefined;
  readonly failure: Failure | undefined;
  /** As a payment's, or until when it rests before it is tried again. */
  readonly leaseExpiresAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What may be shown of a card. */
export type Card = {
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
};

/** Why something failed; `retryable` says whether another attempt may work. */
export type Failure = { readonly code: string; readonly reason: string; readonly retryable: boolean };

export type PaymentStatus = keyof typeof transitions;

/**
 * The one state machine: from each status, where a payment may go (spec section 2). While PENDING it is certain that
 * the provider was not asked to charge, or that the process asking it is still at work. FAILED is final: a new
 * attempt is a new payment (spec C1).
 */
export const transitions = {
  PENDING: ["REQUIRES_ACTION", "AUTHORIZED", "PROCESSED", "FAILED", "VOIDED", "UNKNOWN"],
  REQUIRES_ACTION: ["AUTHORIZED", "PROCESSED", "FAILED", "VOIDED"],
  AUTHORIZED: ["PROCESSED", "VOIDED"],
  UNKNOWN: ["REQUIRES_ACTION", "AUTHORIZED", "PROCESSED", "FAILED", "VOIDED"],
  PROCESSED: ["PARTIALLY_REFUNDED", "REFUNDED"],
  PARTIALLY_REFUNDED: ["REFUNDED"],
  FAILED: [],
  VOIDED: [],
  REFUNDED: [],
} as const satisfies Record<string, readonly string[]>;

/** Whether the provider may still have to be asked whether it was charged at all. */
export function isOpen({ status }: Pick<Payment, "status">): boolean {
  return status === "PENDING" || status === "UNKNOWN";
}

/** Whether the provider has said neither yes nor no. */
export function isUndecided(payment: Pick<Payment, "status">): boolean {
  return isOpen(payment) || payment.status === "REQUIRES_ACTION";
}
