import { subtract, zero, type Money } from "@till/money";
import { applyOutcome, type OutcomeContext } from "./apply-charge-outcome.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";
import { andThen, isChange, reverse, unchanged, type Context, type Decision } from "./decision.ts";
import { applyDispute } from "./dispute.ts";
import { followUp } from "./follow-up.ts";
import {
  begin,
  capturable,
  hasOpenOperation,
  isPaid,
  operationOf,
  refundable,
  refundedByRefunds,
  withOperation,
} from "./operation.ts";
import { isUndecided, type Failure, type Operation, type Payment } from "./payment.ts";
import type { Finding, OperationFinding, ProviderDispute } from "./provider.ts";

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

/**
 * Whether the provider's state is the payment's already, and nothing is under way: a sync with this state would change
 * nothing.
 */
export function isUpToDate(payment: Payment, found: ProviderState, context: DriftContext): boolean {
  const hasOutcome = found.kind !== "unknown" && found.kind !== "unsent";
  const isAtRest = !isUndecided(payment) && !hasOpenOperation(payment);
  if (!hasOutcome || !isAtRest || refundsInDoubt(payment, found).length > 0) return false;
  return !isChange(applyProviderState(payment, found, context));
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

/** Records that a refund failed after its success: its money counts as captured again. */
export function failSucceededRefund(
  payment: Payment,
  id: string,
  { code, reason, retryable }: Failure,
  context: Context,
): Decision {
  const refund = operationOf(payment, id);
  if (refund.kind !== "refund" || refund.status !== "SUCCEEDED") return unchanged(payment);
  const failure = { code, reason, retryable };
  const failed: Operation = { ...refund, status: "FAILED", failure, updatedAt: context.now };
  const how = { ...context, entry: "REFUND_FAILED_AFTER_SUCCESS", reason: code, amount: refund.amount };
  const decision = withOperation(reverse(payment, subtract(payment.refunded, refund.amount), how), failed);
  if (!isPaid(payment)) return decision;
  const event = { type: "payment.refund_failed", refund: failed, afterSuccess: true } as const;
  return { ...decision, events: [{ ...event, payment: decision.payment }] };
}

/**
 * The successful refunds of which some have failed since: the provider has refunded less than they. Till's come first, as
 * the provider finds each by its id; of those made at the provider, the newest are the likeliest.
 */
export function refundsInDoubt(payment: Payment, finding: Finding): readonly Operation[] {
  const back = "refunded" in finding ? finding.refunded : undefined;
  if (!back || !isLess(back, refundedByRefunds(payment))) return [];
  const refunds = payment.operations
    .filter(({ kind, status }) => kind === "refund" && status === "SUCCEEDED")
    .toReversed();
  return [...refunds.filter(isOwn), ...refunds.filter((one) => !isOwn(one))];
}

/** Whether Till began the refund, and not a sync that found it at the provider. */
function isOwn({ request, scope, orderRefundId }: Operation): boolean {
  return (request ?? scope ?? orderRefundId) !== undefined;
}

/** Why a refund in doubt has failed, or undefined. A refund made at the provider is not found by an id of Till. */
export function lateFailureOf(
  payment: Payment,
  refund: Operation,
  found: OperationFinding,
  finding: Finding,
): Failure | undefined {
  if (found.kind === "failed") return found;
  const back = "refunded" in finding ? finding.refunded : undefined;
  if (found.kind !== "missing" || isOwn(refund) || !back) return undefined;
  const without = subtract(refundedByRefunds(payment), refund.amount);
  return isLess(without, back) ? undefined : atProvider;
}

const atProvider = {
  code: "failed_at_provider",
  reason: "The refund failed at the provider.",
  retryable: true,
};

function isLess(one: Money, other: Money): boolean {
  return one.currency === other.currency && one.minorUnits < other.minorUnits;
}
