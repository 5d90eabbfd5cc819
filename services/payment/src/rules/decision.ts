import type { AppError } from "@till/rpc/errors";
import type { Money } from "@till/money";
import { appError } from "./errors.ts";
import {
  reversals,
  transitions,
  type Dispute,
  type Operation,
  type Payment,
  type PaymentStatus,
} from "./payment.ts";

/** What a rule returns: the payment's new state, its history entries and its events. */
export type Decision = {
  readonly payment: Payment;
  /** The payment's operations that are new or changed. */
  readonly operations: readonly Operation[];
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
  /** The amount of the change. */
  readonly amount: Money | undefined;
  readonly peerAddress: string | undefined;
  readonly requestId: string | undefined;
};

/** A fact about the payment as it was right after it happened, or about one of its operations. */
export type PaymentEvent =
  | {
      readonly type: "payment.authorized" | "payment.processed" | "payment.failed" | "payment.voided";
      readonly payment: Payment;
    }
  | {
      readonly type: "payment.refunded" | "payment.refund_failed";
      readonly payment: Payment;
      readonly refund: Operation;
      /** Set where the refund failed after its success was published. */
      readonly afterSuccess?: true;
    }
  | {
      readonly type: "payment.disputed" | "payment.dispute_closed";
      readonly payment: Payment;
      readonly dispute: Dispute;
      /** What counts as refunded from now on, or no longer. */
      readonly amount: Money;
    };

/**
 * When and by whom a change is made: `user:<id>`, `service:<id>`, `event:<type>`, `webhook:<provider>`, `recovery` …
 * `peerAddress` is the caller's address, `requestId` the request the change is part of.
 */
export type Context = {
  readonly now: Date;
  readonly actor: string;
  readonly peerAddress?: string | undefined;
  readonly requestId?: string | undefined;
};

/** A change: its history entry's type, reason and amount, and the changed fields besides the status. */
export type Change = Context & {
  readonly entry: string;
  readonly reason?: string;
  readonly amount?: Money | undefined;
  readonly change?: Partial<Payment>;
};

/** Whether a decision has anything to write. */
export function isChange({ history, operations }: Decision): boolean {
  return history.length > 0 || operations.length > 0;
}

/** The decision that nothing is to be written. */
export function unchanged(payment: Payment): Decision {
  return { payment, operations: [], history: [], events: [] };
}

/** Makes one transition of the table. Throws ILLEGAL_TRANSITION. */
export function transition(payment: Payment, to: PaymentStatus, how: Change): Decision {
  const allowed: readonly PaymentStatus[] = transitions[payment.status];
  if (!allowed.includes(to)) throw illegalTransition(payment, to);
  return recordChange(payment, { ...how, change: { ...how.change, status: to } });
}

/** ILLEGAL_TRANSITION, with the statuses `from` and `to`. For a caller `decideForCaller` adds what is allowed. */
export function illegalTransition({ status: from }: Payment, to: PaymentStatus, why?: string): AppError {
  const message = why ?? `a payment cannot go from ${from} to ${to}`;
  return appError("ILLEGAL_TRANSITION", message, { metadata: { from, to } });
}

/** Records money that came back: the status becomes what the sums say where the payment counts as paid. */
export function reverse(payment: Payment, refunded: Money, how: Change): Decision {
  const change = { ...how.change, refunded };
  const to = paidStatus(payment.captured, refunded);
  const isMove = reversals[payment.status]?.includes(to) === true;
  return recordChange(payment, { ...how, change: isMove ? { ...change, status: to } : change });
}

/** The status of a payment that counts as paid. */
export function paidStatus(captured: Money, refunded: Money): PaymentStatus {
  if (refunded.minorUnits === 0n) return "PROCESSED";
  return refunded.minorUnits < captured.minorUnits ? "PARTIALLY_REFUNDED" : "REFUNDED";
}

/** Changes fields of a payment and adds a history entry. The status stays unless it is among the fields. */
export function recordChange(payment: Payment, { change, ...how }: Change): Decision {
  const next = { ...payment, ...change, version: payment.version + 1, updatedAt: how.now };
  const { id: paymentId, userId, version, status: to } = next;
  const { entry: type, reason = "", actor, now: at, amount, peerAddress, requestId } = how;
  const entry = {
    type,
    version,
    from: payment.status,
    to,
    actor,
    reason,
    at,
    amount,
    peerAddress,
    requestId,
  };
  return { payment: next, operations: [], history: [{ paymentId, userId, ...entry }], events: [] };
}

/** Combines a decision with the next one, which is made of the payment after it. */
export function andThen(first: Decision, next: (payment: Payment) => Decision): Decision {
  const second = next(first.payment);
  return {
    payment: second.payment,
    operations: [...first.operations, ...second.operations],
    history: [...first.history, ...second.history],
    events: [...first.events, ...second.events],
  };
}

/** When and by whom a call's change is made. */
export function contextOf({ caller, peerAddress, requestId }: CallFacts, now: Date): Context {
  return { now, actor: `${caller.role}:${caller.id}`, peerAddress, requestId };
}

type CallFacts = {
  readonly caller: { readonly role: string; readonly id: string };
  readonly peerAddress: string;
  readonly requestId: string;
};
