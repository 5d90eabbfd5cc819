import { equals, moneyToDecimal } from "@till/money";
import { andThen, transition, recordChange, unchanged, type Decision } from "./decision.ts";
import { begin, operationFor } from "./operation.ts";
import { failWith, hasLostLease, suspendAttempt, type LeaseContext } from "./lease.ts";
import { isOpen, isUndecided, type Payment } from "./payment.ts";
import type { Outcome } from "./provider.ts";
import { followUp, orphanedScope, type FollowUpContext } from "./follow-up.ts";

/** A context in which an outcome is applied and its follow-up begun. */
export type OutcomeContext = FollowUpContext & LeaseContext;

/**
 * Applies a charge's outcome and begins its follow-up. A second outcome does not change a payment that has one; a charge
 * or authorization of a payment that failed or was voided is reversed.
 */
export function applyOutcome(payment: Payment, outcome: Outcome, context: OutcomeContext): Decision {
  if (isUndecided(payment)) {
    return andThen(decide(payment, outcome, context), (next) => followUp(next, context));
  }
  const isOver = payment.status === "FAILED" || payment.status === "VOIDED";
  return isOver ? reverseOrphanedCharge(payment, outcome, context) : unchanged(payment);
}

/** Whether the provider captured or authorized another amount than the payment's. */
export function isWrongAmount(payment: Payment, outcome: Outcome): boolean {
  return "amount" in outcome && !equals(outcome.amount, payment.amount);
}

function decide(payment: Payment, outcome: Outcome, context: OutcomeContext): Decision {
  if (isWrongAmount(payment, outcome)) return failWrongAmount(payment, outcome as MoneyMoved, context);
  const change = { leaseExpiresAt: undefined, actionUrl: undefined, processedAt: context.now };
  switch (outcome.kind) {
    case "approved": {
      const { transactionId, amount, card = payment.card } = outcome;
      const taken = { ...change, transactionId, authorized: amount, captured: amount, card };
      const how = { ...context, entry: "PAYMENT_PROCESSED", reason: transactionId, amount, change: taken };
      const moved = transition(payment, "PROCESSED", how);
      return { ...moved, events: [{ type: "payment.processed", payment: moved.payment }] };
    }
    case "authorized": {
      const { transactionId, amount, card = payment.card } = outcome;
      const held = { ...change, transactionId, authorized: amount, card };
      const how = { ...context, entry: "PAYMENT_AUTHORIZED", reason: transactionId, amount, change: held };
      const moved = transition(payment, "AUTHORIZED", how);
      return { ...moved, events: [{ type: "payment.authorized", payment: moved.payment }] };
    }
    case "requires-action": {
      if (payment.status === "REQUIRES_ACTION") return unchanged(payment);
      const { transactionId, url: actionUrl } = outcome;
      const waiting = { leaseExpiresAt: undefined, transactionId, actionUrl };
      const how = { ...context, entry: "ACTION_REQUIRED", reason: transactionId, change: waiting };
      return transition(payment, "REQUIRES_ACTION", how);
    }
    case "declined": {
      const { transactionId = payment.transactionId } = outcome;
      return failWith(payment, outcome, "PAYMENT_DECLINED", {
        ...context,
        change: { transactionId, processedAt: context.now },
      });
    }
    case "voided": {
      const { transactionId } = outcome;
      const how = { ...context, entry: "PAYMENT_VOIDED", reason: transactionId };
      const moved = transition(payment, "VOIDED", { ...how, change: { ...change, transactionId } });
      return { ...moved, events: [{ type: "payment.voided", payment: moved.payment }] };
    }
    case "unknown":
      return markUnknown(payment, outcome.why, context);
    case "unsent":
      return suspendAttempt(payment, "PROVIDER_UNREACHABLE", outcome.why, context);
  }
}

type MoneyMoved = Extract<Outcome, { readonly kind: "approved" | "authorized" }>;

/** Fails the payment and reverses the charge or authorization. */
function failWrongAmount(payment: Payment, outcome: MoneyMoved, context: OutcomeContext): Decision {
  const { amount, transactionId } = outcome;
  const why = `${transactionId}: ${moneyToDecimal(amount)} ${amount.currency} instead of the requested amount`;
  // A refund in the payment's currency cannot reverse it; an operator must look at it.
  if (amount.currency !== payment.amount.currency) return markUnknown(payment, why, context);
  const failure = {
    code: "wrong_amount",
    reason: "The provider charged another amount than was requested; it is refunded.",
    retryable: true,
  };
  const failed = failWith(payment, failure, "PAYMENT_WRONG_AMOUNT", context);
  return andThen(failed, (next) => reverseOrphanedCharge(next, outcome, context));
}

/** Begins the refund or void of an orphaned charge, once. */
function reverseOrphanedCharge(payment: Payment, outcome: Outcome, context: FollowUpContext): Decision {
  const isMoneyMoved = outcome.kind === "approved" || outcome.kind === "authorized";
  const scope = orphanedScope(payment.id);
  if (!isMoneyMoved || operationFor(payment, scope)) return unchanged(payment);
  const { amount, transactionId, kind } = outcome;
  if (amount.currency !== payment.amount.currency) return unchanged(payment);
  const change: Partial<Payment> = {
    ...{ transactionId, authorized: amount },
    ...(kind === "approved" && { captured: amount }),
  };
  const how = { ...context, entry: "ORPHANED_CHARGE", reason: transactionId, amount, change };
  const recorded = recordChange(payment, how);
  const reversal = kind === "approved" ? "refund" : "void";
  const given = { id: context.operationId, scope };
  return andThen(recorded, (next) => begin(next, reversal, amount, given, context));
}

function markUnknown(payment: Payment, why: string, context: LeaseContext): Decision {
  // No response does not change a payment that waits for the payer.
  if (!isOpen(payment) || hasLostLease(payment, context)) return unchanged(payment);
  const how = { ...context, entry: "PROVIDER_UNKNOWN", reason: why, change: { leaseExpiresAt: undefined } };
  if (payment.status !== "UNKNOWN") return transition(payment, "UNKNOWN", how);
  // The recovery worker syncs repeatedly; the history gets one entry.
  return payment.leaseExpiresAt ? recordChange(payment, how) : unchanged(payment);
}
