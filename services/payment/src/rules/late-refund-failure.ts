import { subtract, type Money } from "@till/money";
import { reverse, unchanged, type Context, type Decision } from "./decision.ts";
import { isPaid, operationOf, refundedByRefunds, withOperation } from "./operation.ts";
import type { Failure, Operation, Payment } from "./payment.ts";
import type { Finding, OperationFinding } from "./provider.ts";

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

/** The successful refunds of which some have failed since, newest first: the provider has refunded less than they. */
export function refundsInDoubt(payment: Payment, finding: Finding): readonly Operation[] {
  const back = "refunded" in finding ? finding.refunded : undefined;
  if (!back || !isLess(back, refundedByRefunds(payment))) return [];
  return payment.operations
    .filter(({ kind, status }) => kind === "refund" && status === "SUCCEEDED")
    .toReversed();
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
  const isOwn = refund.request ?? refund.scope ?? refund.orderRefundId;
  if (found.kind !== "missing" || isOwn !== undefined || !back) return undefined;
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
