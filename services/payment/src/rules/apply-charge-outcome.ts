import { equals, moneyToDecimal } from "@till/money";
import { andThen, transition, recordChange, unchanged, type Decision } from "./decision.ts";
import { begin, operationFor } from "./operation.ts";
import { failWith, hasLostLease, suspendAttempt, type LeaseContext } from "./lease.ts";
import { isOpen, isUndecided, type Payment } from "./payment.ts";
import type { Outcome } from "./provider.ts";
import { followUp, orphanedScope, type FollowUpContext } from "./follow-up.ts";

/** A context in which a payment is settled, and what follows from that begun. */
export type OutcomeContext = FollowUpContext & LeaseContext;

/**
 * Records what the provider made of a payment, and begins what follows from it. A payment that has come to an end is
 * not moved by a second answer; what was taken or is held for one that failed or was voided goes back.
 */
export function applyOutcome(payment: Payment, outcome: Outcome, context: OutcomeContext): Decision {
  if (isUndecided(payment)) {
    return andThen(decide(payment, outcome, context), (next) => followUp(next, context));
  }
  const isOver = payment.status === "FAILED" || payment.status === "VOIDED";
  return isOver ? reverseOrphanedCharge(payment, outcome, context) : unchanged(payment);
}

/** Whether the provider took or holds something else than was asked. */
export function isWrongAmount(payment: Payment, outcome: Outcome): boolean {
  return "amount" in outcome && !equals(outcome.amount, payment.amount);
}

function decide(payment: Payment, outcome: Outcome, context: OutcomeContext): Decision {
  if (isWrongAmount(payment, outcome)) return failWrongAmount(payment, outcome as Taken, context);
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

type Taken = Extract<Outcome, { readonly kind: "approved" | "authorized" }>;

/** Never a success: the payment fails, and what was taken or is held of the payer's goes back. */
function failWrongAmount(payment: Payment, outcome: Taken, context: OutcomeContext): Decision {
  const { amount, transactionId } = outcome;
  const said = `${transactionId}: ${moneyToDecimal(amount)} ${amount.currency} instead of what was asked`;
  // Nothing that a refund of ours could say the amount of; somebody must look at it.
  if (amount.currency !== payment.amount.currency) return markUnknown(payment, said, context);
  const failure = {
    code: "wrong_amount",
    reason: "The provider took another amount than was asked for; it goes back.",
    retryable: true,
  };
  const failed = failWith(payment, failure, "PAYMENT_WRONG_AMOUNT", context);
  return andThen(failed, (next) => reverseOrphanedCharge(next, outcome, context));
}

/** Money of a payment that does not count as paid goes back, once, by itself. */
function reverseOrphanedCharge(payment: Payment, outcome: Outcome, context: FollowUpContext): Decision {
  const isTaken = outcome.kind === "approved" || outcome.kind === "authorized";
  const scope = orphanedScope(payment.id);
  if (!isTaken || operationFor(payment, scope)) return unchanged(payment);
  const { amount, transactionId, kind } = outcome;
  if (amount.currency !== payment.amount.currency) return unchanged(payment);
  const change: Partial<Payment> = {
    ...{ transactionId, authorized: amount },
    ...(kind === "approved" && { captured: amount }),
  };
  const how = { ...context, entry: "ORPHANED_CHARGE", reason: transactionId, amount, change };
  const noted = recordChange(payment, how);
  const back = kind === "approved" ? "refund" : "void";
  const given = { id: context.operationId, scope };
  return andThen(noted, (next) => begin(next, back, amount, given, context));
}

function markUnknown(payment: Payment, why: string, context: LeaseContext): Decision {
  // Who waits for the payer is not moved by the provider's silence.
  if (!isOpen(payment) || hasLostLease(payment, context)) return unchanged(payment);
  const how = { ...context, entry: "PROVIDER_UNKNOWN", reason: why, change: { leaseExpiresAt: undefined } };
  if (payment.status !== "UNKNOWN") return transition(payment, "UNKNOWN", how);
  // The janitor asks again and again; its history need not say so.
  return payment.leaseExpiresAt ? recordChange(payment, how) : unchanged(payment);
}
