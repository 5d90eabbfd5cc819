import { subtract, zero, type Money } from "@till/money";
import { andThen, unchanged, type Decision } from "./decision.ts";
import { applyDispute } from "./dispute.ts";
import { begin, capturable, hasOpenOperation, refundable, refundedByRefunds } from "./operation.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";
import type { Operation, Payment } from "./payment.ts";
import type { Finding, ProviderDispute } from "./provider.ts";
import { followUp } from "./follow-up.ts";
import { applyOutcome, type OutcomeContext } from "./apply-charge-outcome.ts";

/** A payment as the provider has it. */
export type ProviderState = Exclude<Finding, { readonly kind: "missing" }>;

/** Ids of the operations that may be recorded: one for the follow-up, one for each kind of drift. */
export type DriftContext = OutcomeContext & { readonly driftIds: readonly [string, string, string] };

/**
 * Brings a payment to the provider's state of it: applies the outcome, then records captures, voids and refunds that
 * were not made by Till, such as by hand or by a chargeback. While an operation of Till is pending, drift cannot be distinguished
 * from its effect and is left to a later sync.
 */
export function applyProviderState(payment: Payment, found: ProviderState, context: DriftContext): Decision {
  const applied = andThen(applyOutcome(payment, found, context), (next) => recordDrift(next, found, context));
  const disputed = andThen(applied, (next) => applyDispute(next, disputeOf(found), context));
  return andThen(disputed, (next) => followUp(next, context));
}

function disputeOf(found: ProviderState): ProviderDispute | undefined {
  return "dispute" in found ? found.dispute : undefined;
}

function recordDrift(payment: Payment, found: ProviderState, context: DriftContext): Decision {
  if (found.kind === "unknown" || found.kind === "unsent" || hasOpenOperation(payment))
    return unchanged(payment);
  const [captureId, voidId, refundId] = context.driftIds;
  const { amount } = payment;
  const taken = found.captured ?? (found.kind === "approved" ? found.amount : zero(amount.currency));
  const back = found.refunded ?? zero(amount.currency);
  if (taken.currency !== amount.currency || back.currency !== amount.currency) return unchanged(payment);

  const captured = (current: Payment) => {
    const more = lesserOf(excess(taken, current.captured), capturable(current));
    return current.status === "AUTHORIZED" && more.minorUnits > 0n
      ? recordOperation(current, "capture", more, captureId, context)
      : unchanged(current);
  };
  const voided = (current: Payment) => {
    // Some providers void the rest with the first capture.
    const isClosed = found.kind === "voided" || found.kind === "approved";
    return current.status === "AUTHORIZED" && isClosed
      ? recordOperation(current, "void", capturable(current), voidId, context)
      : unchanged(current);
  };
  const refunded = (current: Payment) => {
    const more = lesserOf(excess(back, refundedByRefunds(current)), refundable(current));
    return current.status !== "AUTHORIZED" && more.minorUnits > 0n
      ? recordOperation(current, "refund", more, refundId, context)
      : unchanged(current);
  };
  return andThen(andThen(captured(payment), voided), refunded);
}

/** Records an operation that was not made by Till, as begun and succeeded. */
function recordOperation(
  payment: Payment,
  kind: Operation["kind"],
  amount: Money,
  id: string,
  context: DriftContext,
): Decision {
  const transactionId = payment.transactionId ?? "";
  const given = { id, reason: "done at the provider, not by Till" };
  return andThen(begin(payment, kind, amount, given, context), (next) =>
    applyOperationOutcome(
      next,
      id,
      { kind: "succeeded", transactionId, amount },
      { ...context, lease: undefined },
    ),
  );
}

function excess(actual: Money, known: Money): Money {
  return actual.minorUnits > known.minorUnits ? subtract(actual, known) : zero(actual.currency);
}

function lesserOf(one: Money, other: Money): Money {
  return one.minorUnits < other.minorUnits ? one : other;
}
