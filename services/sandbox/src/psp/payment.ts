import type { Card } from "./cards.ts";
import type { Decline } from "./declines.ts";
import type { LedgerEntry } from "./ledger.ts";

/** A payment as the provider shows it. Every amount is in minor units. */
export type Payment = {
  readonly id: string;
  readonly payment_id: string;
  readonly order_id: string;
  /** `authorized` until all that is held has been captured or let go. */
  readonly status: "requires_action" | "authorized" | "succeeded" | "declined" | "voided";
  readonly decline_code?: string;
  readonly retryable?: boolean;
  readonly amount: number;
  readonly currency: string;
  /** What was held, or taken at once. */
  readonly authorized: number;
  readonly captured: number;
  /** What has gone back; a pending refund is not in it. */
  readonly refunded: number;
  readonly action_url?: string;
  readonly card?: Card;
  readonly operations: readonly Operation[];
  readonly created_at: string;
};

/** What was done to a payment after it was made. */
export type Operation = {
  readonly id: string;
  /** The client's idempotency key. */
  readonly key: string;
  readonly type: "capture" | "void" | "refund";
  readonly amount: number;
  readonly status: "pending" | "succeeded" | "failed";
  readonly failure_code?: string;
  readonly at: string;
};

/** What happens to a payment: how it stands then, the money that moved, and the news of it. */
export type Change = {
  readonly payment: Payment;
  readonly moved?: Pick<LedgerEntry, "type" | "amount">;
  readonly news?: NewsType;
};

export type NewsType =
  | `payment.${"succeeded" | "authorized" | "declined" | "voided" | "captured"}`
  | `refund.${"succeeded" | "failed"}`;

/** Takes all of the money, or holds it. */
export function take(payment: Payment, capture: boolean): Change {
  const { amount } = payment;
  const status = capture ? "succeeded" : "authorized";
  return {
    payment: { ...payment, status, authorized: amount, captured: capture ? amount : 0 },
    moved: { type: capture ? "charge" : "authorize", amount },
    news: `payment.${status}`,
  };
}

/** Refuses to take money. */
export function decline(payment: Payment, { code, retryable }: Decline): Change {
  return {
    payment: { ...payment, status: "declined", decline_code: code, retryable },
    news: "payment.declined",
  };
}
