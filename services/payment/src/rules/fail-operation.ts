import { subtract, type Money } from "@till/money";
import { recordChange, type Context, type Decision } from "./decision.ts";
import type { Failure, Operation, Payment } from "./payment.ts";
import { isPaid, newOperation, reserved, withOperation, type NewOperation } from "./operation.ts";

/** Fails an operation: its amount is no longer pending. A refund's failure is published. */
export function failOperation(
  payment: Payment,
  operation: Operation,
  { code, reason, retryable }: Failure,
  context: Context,
): Decision {
  const failed: Operation = {
    ...operation,
    leaseExpiresAt: undefined,
    updatedAt: context.now,
    status: "FAILED",
    failure: { code, reason, retryable },
  };
  const entry = `${operation.kind.toUpperCase()}_FAILED`;
  const change = reserved(payment, operation, subtract);
  const recorded = recordChange(payment, {
    ...context,
    entry,
    reason: code,
    amount: operation.amount,
    change,
  });
  const decision = withOperation(recorded, failed);
  if (operation.kind !== "refund" || !isPaid(payment)) return decision;
  return {
    ...decision,
    events: [{ type: "payment.refund_failed", payment: decision.payment, refund: failed }],
  };
}

/** Records an order's refund that is not possible: it fails before any provider call, and that is published. */
export function recordFailedRefund(
  payment: Payment,
  amount: Money,
  given: NewOperation,
  problem: Omit<Failure, "retryable">,
  context: Context,
): Decision {
  const failure = { ...problem, retryable: false };
  const refund: Operation = {
    ...newOperation(payment, "refund", amount, given, context),
    status: "FAILED",
    failure,
  };
  const how = { ...context, entry: "REFUND_FAILED", reason: problem.code };
  const decision = withOperation(recordChange(payment, how), refund);
  return { ...decision, events: [{ type: "payment.refund_failed", payment: decision.payment, refund }] };
}
