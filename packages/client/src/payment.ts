import type { Money } from "./money.ts";

/**
 * Status of a payment. FAILED and VOIDED are final: another attempt is another payment. UNKNOWN is a payment of which the
 * provider has not reported an outcome in time; it is never charged again. A status of a later version of Till is
 * UNRECOGNIZED.
 */
export type PaymentStatus =
  | "PENDING"
  | "REQUIRES_ACTION"
  | "AUTHORIZED"
  | "PROCESSED"
  | "FAILED"
  | "VOIDED"
  | "UNKNOWN"
  | "PARTIALLY_REFUNDED"
  | "REFUNDED"
  | "UNRECOGNIZED";

/** Status of a refund of a payment. */
export type RefundStatus = "PENDING" | "SUCCEEDED" | "FAILED" | "UNRECOGNIZED";

/** State of a dispute. */
export type DisputeState = "NEEDS_RESPONSE" | "UNDER_REVIEW" | "WON" | "LOST" | "UNRECOGNIZED";

/** One attempt to pay one order. */
export type Payment = {
  readonly id: string;
  /** The order it pays. */
  readonly orderId: string;
  /** The payer. */
  readonly userId: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  /** Amount that the provider authorized. */
  readonly authorized: Money;
  readonly captured: Money;
  /** Amount refunded, with what a dispute has withdrawn. Never more than captured. */
  readonly refunded: Money;
  /** The provider's id of the charge. Undefined until the provider has responded. */
  readonly transactionId?: string | undefined;
  /** Why the payment failed, as a stable code such as insufficient_funds. */
  readonly failureCode?: string | undefined;
  /** Why the payment failed, for people. */
  readonly failureReason?: string | undefined;
  /** When the outcome of the charge was recorded. */
  readonly processedAt?: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** 1 when created, plus one for each later change. */
  readonly version: number;
  /** The card that is charged. */
  readonly card?: CardDisplay | undefined;
  /** The payment method that is charged. Undefined if the request had a payment token. */
  readonly paymentMethodId?: string | undefined;
  /** Where the payer confirms the payment, while the status is REQUIRES_ACTION. */
  readonly actionUrl?: string | undefined;
  /** Kind of payment method: "card". */
  readonly paymentMethod: string;
  /** The newest dispute of this payment. */
  readonly dispute?: Dispute | undefined;
};

/** What may be shown of a card. */
export type CardDisplay = {
  readonly brand?: string | undefined;
  readonly last4: string;
  /** 1 to 12. */
  readonly expMonth: number;
  readonly expYear: number;
};

/** A chargeback: the payer's bank withdraws captured money. */
export type Dispute = {
  readonly id: string;
  readonly state: DisputeState;
  /** The payer's reason, as the provider's code. */
  readonly reason: string;
  readonly amount: Money;
  /** Deadline for evidence. */
  readonly respondBy?: Date | undefined;
};

/** A refund of a payment: its money movement at the provider. */
export type Refund = {
  readonly id: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly status: RefundStatus;
  readonly reason?: string | undefined;
  readonly failureCode?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A payment with its refunds, oldest first. */
export type PaymentWithRefunds = Payment & { readonly refunds: readonly Refund[] };

/** A payment that a command has started or changed. */
export type StartedPayment = Payment & {
  /** Whether an earlier call with the same key has done it. */
  readonly idempotentReplay: boolean;
};

/** A refund with its payment as it is now. */
export type StartedRefund = {
  /** PENDING until the provider confirms it. */
  readonly refund: Refund;
  readonly payment: Payment;
  /** Whether an earlier call with the same key has done it. */
  readonly idempotentReplay: boolean;
};

/** One entry of a payment's history: what happened, when, why and by whom. */
export type PaymentEvent = {
  readonly paymentId: string;
  /** PAYMENT_REQUESTED, PAYMENT_PROCESSED … Later versions of Till may have types that you do not know. */
  readonly type: string;
  /** The payment's version after this entry. */
  readonly version: number;
  /** Status before. Undefined for the first entry. */
  readonly fromStatus?: PaymentStatus | undefined;
  readonly toStatus: PaymentStatus;
  readonly actor: string;
  readonly reason?: string | undefined;
  readonly createdAt: Date;
  readonly amount?: Money | undefined;
  /** Network address of the caller, to those who may see it. */
  readonly peerAddress?: string | undefined;
  readonly requestId?: string | undefined;
};

/** A message of a watch: the payment as it was when the watch began, or a later change. */
export type PaymentUpdate = {
  /** The payment's status now. */
  readonly status: PaymentStatus;
  /** The version to resume after by `afterVersion`. */
  readonly version: number;
  readonly isLast: boolean;
} & (
  | { readonly kind: "snapshot"; readonly payment: Payment }
  | { readonly kind: "event"; readonly event: PaymentEvent }
);

/** A card that is stored for later payments. */
export type PaymentMethod = {
  readonly id: string;
  /** The owner. */
  readonly userId: string;
  readonly card?: CardDisplay | undefined;
  /** Whether a payment that names neither token nor method charges this one. */
  readonly isDefault: boolean;
  readonly createdAt: Date;
};
