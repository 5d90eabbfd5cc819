import { equals, moneyToDecimal } from "@till/money";
import { refuse } from "@till/rpc";
import {
  isOpen,
  move,
  note,
  unchanged,
  type Context,
  type Decision,
  type Failure,
  type Payment,
} from "./payment.ts";
import type { Outcome } from "./provider/provider.ts";

/**
 * Takes a payment up again for a repeated request; one that has come to an end is left as it is. Throws
 * REQUEST_IN_PROGRESS while another process is at work on it. An attempt that ran out of time without a word was
 * interrupted: whether it charged is not known.
 */
export function resumeAttempt(payment: Payment, attemptUntil: Date, context: Context): Decision {
  if (!isOpen(payment)) return unchanged(payment);
  if (isAtWork(payment, context.now)) {
    const facts = { metadata: { payment_id: payment.id }, retryAfterMs: 500 };
    refuse("REQUEST_IN_PROGRESS", "this payment is being made right now, ask again", facts);
  }
  const how = { ...context, entry: "PAYMENT_RESUMED", change: { attemptUntil } };
  const wasInterrupted = payment.status === "PENDING" && payment.attemptUntil !== undefined;
  return wasInterrupted ? move(payment, "UNKNOWN", { ...how, reason: "interrupted" }) : note(payment, how);
}

/** Ends an attempt that got nowhere; the same request may take it up again. */
export function suspendAttempt(payment: Payment, entry: string, reason: string, context: Context): Decision {
  if (!isOpen(payment)) return unchanged(payment);
  return note(payment, { ...context, entry, reason, change: { attemptUntil: undefined } });
}

/**
 * The order service does not let the payment through. As nothing was tried, nobody is told and the key is free again;
 * where an earlier attempt may have charged, that comes to light first.
 */
export function refuseAttempt(payment: Payment, code: string, reason: string, context: Context): Decision {
  if (payment.status !== "PENDING") return suspendAttempt(payment, "PAYMENT_REFUSED", code, context);
  const change = { ...ended, failure: { code, reason, retryable: false }, request: undefined };
  return move(payment, "FAILED", { ...context, entry: "PAYMENT_REFUSED", reason: code, change });
}

/**
 * Records what the provider made of it. A payment that has come to an end is not moved by a second answer; money
 * that was taken for a FAILED one is written down, so that it can be given back.
 */
export function settle(payment: Payment, outcome: Outcome, context: Context): Decision {
  if (!isOpen(payment)) {
    const isStray = outcome.kind === "approved" && payment.status === "FAILED";
    return isStray ? noteStrayCharge(payment, outcome.transactionId, context) : unchanged(payment);
  }
  switch (outcome.kind) {
    case "approved": {
      const { transactionId, amount } = outcome;
      // Never taken for a success: somebody must look at it.
      if (!equals(amount, payment.amount)) {
        const said = `${transactionId}: ${moneyToDecimal(amount)} ${amount.currency} instead of what was asked`;
        return markUnknown(payment, said, context);
      }
      const change = {
        ...ended,
        transactionId,
        authorized: amount,
        captured: amount,
        processedAt: context.now,
      };
      const moved = move(payment, "PROCESSED", {
        ...context,
        entry: "PAYMENT_PROCESSED",
        reason: transactionId,
        change,
      });
      return { ...moved, events: [{ type: "payment.processed", payment: moved.payment }] };
    }
    case "declined":
      return failWith(payment, outcome, "PAYMENT_DECLINED", {
        ...context,
        change: { processedAt: context.now },
      });
    case "unknown":
      return markUnknown(payment, outcome.why, context);
    case "unsent":
      return suspendAttempt(payment, "PROVIDER_UNREACHABLE", outcome.why, context);
  }
}

/**
 * Fails a payment the provider has not heard of for so long that no charge can be on its way any more. The order is
 * told where the payment holds its slot; another one's must not be disturbed.
 */
export function giveUp(payment: Payment, { giveUpMs, holdsSlot }: GiveUp, context: Context): Decision {
  if (!isAbandoned(payment, giveUpMs, context.now)) return unchanged(payment);
  const failure = {
    code: "provider_timeout",
    reason: "The provider never confirmed the payment.",
    retryable: true,
  };
  const failed = failWith(payment, failure, "PAYMENT_GIVEN_UP", context);
  return holdsSlot ? failed : { ...failed, events: [] };
}

export type GiveUp = { readonly giveUpMs: number; readonly holdsSlot: boolean };

/** Whether nobody has worked on an open payment for so long that a charge still on its way can be ruled out. */
export function isAbandoned(payment: Payment, giveUpMs: number, now: Date): boolean {
  const quietSince = payment.attemptUntil ?? payment.updatedAt;
  return isOpen(payment) && now.getTime() - quietSince.getTime() >= giveUpMs;
}

/** What a payment that has come to an end no longer has. */
const ended = { attemptUntil: undefined, providerToken: undefined };

function isAtWork({ attemptUntil }: Payment, now: Date): boolean {
  return attemptUntil !== undefined && attemptUntil > now;
}

function failWith(
  payment: Payment,
  { code, reason, retryable }: Failure,
  entry: string,
  context: Context & { readonly change?: Partial<Payment> },
): Decision {
  const change = { ...context.change, ...ended, failure: { code, reason, retryable } };
  const failed = move(payment, "FAILED", { ...context, entry, reason: code, change });
  return { ...failed, events: [{ type: "payment.failed", payment: failed.payment }] };
}

function markUnknown(payment: Payment, why: string, context: Context): Decision {
  const how = { ...context, entry: "PROVIDER_UNKNOWN", reason: why, change: { attemptUntil: undefined } };
  if (payment.status !== "UNKNOWN") return move(payment, "UNKNOWN", how);
  // The janitor asks again and again; its history need not say so.
  return payment.attemptUntil ? note(payment, how) : unchanged(payment);
}

function noteStrayCharge(payment: Payment, transactionId: string, context: Context): Decision {
  if (payment.transactionId === transactionId) return unchanged(payment);
  return note(payment, {
    ...context,
    entry: "STRAY_CHARGE",
    reason: transactionId,
    change: { transactionId },
  });
}
