import { zero, type Money } from "@till/money";
import { fail } from "./errors.ts";

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
  /** What is charged, such as "card". */
  readonly method: string;
  /** The provider's token for it; kept only while a charge may still have to be made. */
  readonly providerToken: string | undefined;
  readonly transactionId: string | undefined;
  readonly failure: Failure | undefined;
  /** Until when a process is at work on it with the provider; undefined while none is. */
  readonly attemptUntil: Date | undefined;
  /** The request it answers; undefined once it was refused before anything was tried, so that its key is free. */
  readonly request: RequestKey | undefined;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the provider said yes or no. */
  readonly processedAt: Date | undefined;
};

/** Why a payment failed; `retryable` says whether another attempt may work. */
export type Failure = { readonly code: string; readonly reason: string; readonly retryable: boolean };

/** The one request a caller may make under a key; `hash` tells whether a repeat asks for the same. */
export type RequestKey = { readonly callerId: string; readonly key: string; readonly hash: string };

export type PaymentStatus = keyof typeof transitions;

/**
 * The one state machine: from each status, where a payment may go (spec section 2). While PENDING it is certain that
 * the provider was not asked to charge, or that the process asking it is still at work. FAILED is final: a new
 * attempt is a new payment (spec C1).
 */
export const transitions = {
  PENDING: ["REQUIRES_ACTION", "AUTHORIZED", "PROCESSED", "FAILED", "UNKNOWN"],
  REQUIRES_ACTION: ["AUTHORIZED", "PROCESSED", "FAILED", "VOIDED", "UNKNOWN"],
  AUTHORIZED: ["PROCESSED", "FAILED", "VOIDED", "UNKNOWN"],
  UNKNOWN: ["REQUIRES_ACTION", "AUTHORIZED", "PROCESSED", "FAILED", "VOIDED"],
  PROCESSED: ["PARTIALLY_REFUNDED", "REFUNDED"],
  PARTIALLY_REFUNDED: ["REFUNDED"],
  FAILED: [],
  VOIDED: [],
  REFUNDED: [],
} as const satisfies Record<string, readonly string[]>;

/** What a rule decides: the payment as it is now, what goes into its history, and what others are told. */
export type Decision = {
  readonly payment: Payment;
  readonly history: readonly HistoryEntry[];
  readonly events: readonly PaymentEvent[];
};

export type HistoryEntry = {
  readonly paymentId: string;
  readonly userId: string;
  readonly type: string;
  readonly version: number;
  readonly from: PaymentStatus | undefined;
  readonly to: PaymentStatus;
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
};

/** A fact about the payment as it was right after it happened. */
export type PaymentEvent = {
  readonly type: "payment.processed" | "payment.failed";
  readonly payment: Payment;
};

/** When and by whom a change is made: `user:<id>`, `service:<id>` or `janitor`. */
export type Context = { readonly now: Date; readonly actor: string };

export type NewPayment = Pick<Payment, "id" | "userId" | "orderId" | "amount" | "method"> & {
  readonly providerToken: string;
  readonly attemptUntil: Date;
  readonly request: RequestKey;
};

/** Records the intent to pay, with the first attempt under way. Nobody is told before it has come to something. */
export function requestPayment(given: NewPayment, { now, actor }: Context): Decision {
  const nothing = zero(given.amount.currency);
  const payment: Payment = {
    ...given,
    status: "PENDING",
    authorized: nothing,
    captured: nothing,
    refunded: nothing,
    transactionId: undefined,
    failure: undefined,
    version: 1,
    createdAt: now,
    updatedAt: now,
    processedAt: undefined,
  };
  const { id: paymentId, userId, status: to } = payment;
  const entry = { type: "PAYMENT_REQUESTED", version: 1, from: undefined, to, actor, reason: "", at: now };
  return { payment, history: [{ paymentId, userId, ...entry }], events: [] };
}

/** Whether the provider may still have to be asked what became of it. */
export function isOpen({ status }: Pick<Payment, "status">): boolean {
  return status === "PENDING" || status === "UNKNOWN";
}

/** Whether a decision has anything to write. */
export function isChange({ history }: Decision): boolean {
  return history.length > 0;
}

/** The decision that nothing is to be written. */
export function unchanged(payment: Payment): Decision {
  return { payment, history: [], events: [] };
}

/** How a change is made and told: the history entry's type and reason, and what changes besides the status. */
export type Change = Context & {
  readonly entry: string;
  readonly reason?: string;
  readonly change?: Partial<Payment>;
};

/** Moves a payment along one edge of the table, or throws ILLEGAL_TRANSITION. */
export function move(payment: Payment, to: PaymentStatus, how: Change): Decision {
  const allowed: readonly PaymentStatus[] = transitions[payment.status];
  if (!allowed.includes(to)) {
    const metadata = { from: payment.status, to, allowed: allowed.join(",") };
    fail("ILLEGAL_TRANSITION", `a payment cannot go from ${payment.status} to ${to}`, metadata);
  }
  return note(payment, { ...how, change: { ...how.change, status: to } });
}

/** Changes a payment, leaving its status as it is unless the change says so, and writes it into its history. */
export function note(payment: Payment, { entry, reason = "", actor, now, change }: Change): Decision {
  const next = { ...payment, ...change, version: payment.version + 1, updatedAt: now };
  const { id: paymentId, userId, version, status: to } = next;
  const history = [
    { paymentId, userId, type: entry, version, from: payment.status, to, actor, reason, at: now },
  ];
  return { payment: next, history, events: [] };
}
