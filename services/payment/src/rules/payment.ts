import type { Money } from "@till/money";
import type { RequestKey } from "@till/rpc/request-key";

/** One attempt to pay one order. */
export type Payment = {
  /** Also the provider's idempotency key of the charge. */
  readonly id: string;
  readonly userId: string;
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly authorized: Money;
  readonly captured: Money;
  readonly refunded: Money;
  /** Sums of the pending captures and refunds, so that sums cannot be exceeded. */
  readonly capturePending: Money;
  readonly refundPending: Money;
  /** Kind of payment, such as "card". */
  readonly method: string;
  /** The stored payment method, if it was paid with one. */
  readonly paymentMethodId: string | undefined;
  readonly card: Card | undefined;
  /** automatic: charged at once; manual: authorized, and captured later. */
  readonly captureMethod: "automatic" | "manual";
  /** Whether its order was cancelled or cannot accept it: an authorization is voided, captured money refunded. */
  readonly mustReverse: boolean;
  /** Where the payer confirms the payment. */
  readonly actionUrl: string | undefined;
  readonly transactionId: string | undefined;
  readonly failure: Failure | undefined;
  /** The newest dispute. */
  readonly dispute: Dispute | undefined;
  /** End of the lease under which a process calls the provider; undefined without a lease. */
  readonly leaseExpiresAt: Date | undefined;
  /** Its request; undefined if the order service rejected it before a charge, so that the key is free. */
  readonly request: RequestKey | undefined;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the outcome was recorded. */
  readonly processedAt: Date | undefined;
  /** Its captures, voids and refunds, oldest first. */
  readonly operations: readonly Operation[];
};

/** A capture, void or refund of a payment. */
export type Operation = {
  /** The provider's idempotency key as well. */
  readonly id: string;
  readonly paymentId: string;
  readonly userId: string;
  readonly orderId: string;
  readonly kind: "capture" | "void" | "refund";
  readonly status: "PENDING" | "SUCCEEDED" | "FAILED";
  readonly amount: Money;
  /** Operations that Till begins itself, or because of an event, are begun once a payment and scope. */
  readonly scope: string | undefined;
  /** The order's refund that it performs. */
  readonly orderRefundId: string | undefined;
  readonly request: RequestKey | undefined;
  readonly reason: string;
  readonly transactionId: string | undefined;
  readonly failure: Failure | undefined;
  /** As a payment's, or the time of the next attempt. */
  readonly leaseExpiresAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A chargeback: the payer's bank withdraws captured money. */
export type Dispute = {
  /** The provider's. */
  readonly id: string;
  readonly state: "NEEDS_RESPONSE" | "UNDER_REVIEW" | "WON" | "LOST";
  /** The provider's code, such as fraudulent. */
  readonly reason: string;
  /** The disputed amount. */
  readonly amount: Money;
  /** The part of the amount that `refunded` includes: less than all where the rest was refunded before. */
  readonly withdrawn: Money;
  /** The deadline for evidence. */
  readonly respondBy: Date | undefined;
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
 * The transition table. While PENDING the provider has not been called, or the process that calls it has the lease.
 * FAILED is final: a new attempt is a new payment.
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

/**
 * Where a payment goes when refunded money comes back, by a dispute that was won or a refund that failed after its
 * success. No command has this effect.
 */
export const reversals: { readonly [Status in PaymentStatus]?: readonly PaymentStatus[] } = {
  PARTIALLY_REFUNDED: ["PROCESSED"],
  REFUNDED: ["PROCESSED", "PARTIALLY_REFUNDED"],
};

/** Whether it is not known if the provider has a charge. */
export function isOpen({ status }: Pick<Payment, "status">): boolean {
  return status === "PENDING" || status === "UNKNOWN";
}

/** Whether the payment has no outcome yet. */
export function isUndecided(payment: Pick<Payment, "status">): boolean {
  return isOpen(payment) || payment.status === "REQUIRES_ACTION";
}
