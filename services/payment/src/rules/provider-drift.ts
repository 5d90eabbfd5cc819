import { subtract, zero, type Money } from "@till/money";
import { andThen, unchanged, type Decision } from "./decision.ts";
import { begin, capturable, hasOpenOperation, refundable } from "./operation.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";
import type { Operation, Payment } from "./payment.ts";
import type { Finding } from "./provider.ts";
import { followUp } from "./follow-up.ts";
import { applyOutcome, type OutcomeContext } from "./apply-charge-outcome.ts";

/** A payment as the provider has it. */
export type ProviderState = Exclude<Finding, { readonly kind: "missing" }>;

/** Ids for the operations that may have to be written down: one for what follows, one for each kind of drift. */
export type DriftContext = OutcomeContext & { readonly driftIds: readonly [string, string, string] };

/**
 * Brings a payment to where the provider has it: settles what was not known, then writes down what was captured,
 * let go or given back there without us, such as by hand or by a chargeback. While an operation of ours is under way,
 * nobody can tell its doing from another's: that waits.
 */
export function applyProviderState(payment: Payment, found: ProviderState, context: DriftContext): Decision {
  const settled = andThen(applyOutcome(payment, found, context), (next) => recordDrift(next, found, context));
  return andThen(settled, (next) => followUp(next, context));
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
    const more = atMost(excess(taken, current.captured), capturable(current));
    return current.status === "AUTHORIZED" && more.minorUnits > 0n
      ? happened(current, "capture", more, captureId, context)
      : unchanged(current);
  };
  const voided = (current: Payment) => {
    // Some let go of the rest with the first capture.
    const isClosed = found.kind === "voided" || found.kind === "approved";
    return current.status === "AUTHORIZED" && isClosed
      ? happened(current, "void", capturable(current), voidId, context)
      : unchanged(current);
  };
  const refunded = (current: Payment) => {
    const more = atMost(excess(back, current.refunded), refundable(current));
    return current.status !== "AUTHORIZED" && more.minorUnits > 0n
      ? happened(current, "refund", more, refundId, context)
      : unchanged(current);
  };
  return andThen(andThen(captured(payment), voided), refunded);
}

/** An operation of somebody else's, written down as begun and done. */
function happened(
  payment: Payment,
  kind: Operation["kind"],
  amount: Money,
  id: string,
  context: DriftContext,
): Decision {
  const transactionId = payment.transactionId ?? "";
  const given = { id, reason: "done at the provider, not by us" };
  return andThen(begin(payment, kind, amount, given, context), (next) =>
    applyOperationOutcome(
      next,
      id,
      { kind: "succeeded", transactionId, amount },
      { ...context, lease: undefined },
    ),
  );
}

function excess(said: Money, known: Money): Money {
  return said.minorUnits > known.minorUnits ? subtract(said, known) : zero(said.currency);
}

function atMost(one: Money, other: Money): Money {
  return one.minorUnits < other.minorUnits ? one : other;
}
