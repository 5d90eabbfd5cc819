import type { Money } from "@till/money";
import { appError } from "./errors.ts";
import { transitions, type Operation, type Payment, type PaymentStatus } from "./payment.ts";

/** What a rule decides: the payment as it is now, what goes into its history, and what others are told. */
export type Decision = {
  readonly payment: Payment;
  /** Those of its operations that are new or changed. */
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
  /** The money it is about. */
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
    };

/**
 * When and by whom a change is made: `user:<id>`, `service:<id>`, `event:<type>`, `webhook:<provider>`, `janitor` …
 * `peerAddress` is the caller's address, `requestId` the request the change is part of.
 */
export type Context = {
  readonly now: Date;
  readonly actor: string;
  readonly peerAddress?: string | undefined;
  readonly requestId?: string | undefined;
};

/** How a change is made and told: the history entry's type, reason and money, and what changes besides the status. */
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

/** Moves a payment along one edge of the table, or throws ILLEGAL_TRANSITION. */
export function transition(payment: Payment, to: PaymentStatus, how: Change): Decision {
  const allowed: readonly PaymentStatus[] = transitions[payment.status];
  if (!allowed.includes(to)) refuseMove(payment, to);
  return recordChange(payment, { ...how, change: { ...how.change, status: to } });
}

/** Throws ILLEGAL_TRANSITION. What is refused here is not among `allowed`, even where the table has the edge. */
export function refuseMove({ status: from }: Payment, to: PaymentStatus, why?: string): never {
  const allowed = transitions[from].filter((status) => status !== to).join(",");
  const metadata = { from, to, allowed };
  throw appError("ILLEGAL_TRANSITION", why ?? `a payment cannot go from ${from} to ${to}`, { metadata });
}

/** Changes a payment, leaving its status as it is unless the change says so, and writes it into its history. */
export function recordChange(payment: Payment, { change, ...how }: Change): Decision {
  const next = { ...payment, ...change, version: payment.version + 1, updatedAt: how.now };
  const { id: paymentId, userId, version, status: to } = next;
  const { entry: type, reason = "", actor, now: at, amount, peerAddress, requestId } = how;
  const said = { type, version, from: payment.status, to, actor, reason, at, amount, peerAddress, requestId };
  return { payment: next, operations: [], history: [{ paymentId, userId, ...said }], events: [] };
}

/** A decision, and what follows from it, as one. */
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
