import type { Card } from "./cards.ts";
import type { Decline } from "./declines.ts";
import type { LedgerEntry } from "./ledger.ts";

/** A payment as the provider's API shows it. Amounts are in minor units. */
export type Payment = {
  readonly id: string;
  readonly payment_id: string;
  readonly order_id: string;
  /** `authorized` until the authorized amount is captured or voided. */
  readonly status: "requires_action" | "authorized" | "succeeded" | "declined" | "voided";
  readonly decline_code?: string;
  readonly retryable?: boolean;
  readonly amount: number;
  readonly currency: string;
  /** The amount authorized, or charged. */
  readonly authorized: number;
  readonly captured: number;
  /** Without pending refunds. */
  readonly refunded: number;
  readonly action_url?: string;
  readonly card?: Card;
  readonly operations: readonly Operation[];
  readonly dispute?: Dispute;
  readonly created_at: string;
};

/** A capture, void or refund of a payment. */
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

/** A dispute of a payment by its cardholder. While it is open, and after it is lost, its amount is withdrawn. */
export type Dispute = {
  readonly id: string;
  readonly state: "needs_response" | "won" | "lost";
  readonly reason: "fraudulent";
  /** Minor units. */
  readonly amount: number;
  /** The end of the time to respond, ISO 8601. */
  readonly respond_by: string;
};

/** A change of a payment: the payment after it, the movement of money and the event. */
export type Change = {
  readonly payment: Payment;
  readonly movement?: Pick<LedgerEntry, "type" | "amount" | "cause">;
  readonly event?: PspEventType;
};

export type PspEventType =
  | `payment.${"succeeded" | "authorized" | "declined" | "voided" | "captured"}`
  | `refund.${"succeeded" | "failed"}`
  | `dispute.${"opened" | "closed"}`;

/** Charges the whole amount, or authorizes it where `capture` is false. */
export function approve(payment: Payment, capture: boolean): Change {
  const { amount } = payment;
  const status = capture ? "succeeded" : "authorized";
  return {
    payment: { ...payment, status, authorized: amount, captured: capture ? amount : 0 },
    movement: { type: capture ? "charge" : "authorize", amount },
    event: `payment.${status}`,
  };
}

/** Declines a payment. */
export function decline(payment: Payment, { code, retryable }: Decline): Change {
  return {
    payment: { ...payment, status: "declined", decline_code: code, retryable },
    event: "payment.declined",
  };
}
