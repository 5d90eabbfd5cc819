import { subtract, type Money } from "@till/money";
import { recordChange, type Context, type Decision } from "./decision.ts";
import type { Failure, Operation, Payment } from "./payment.ts";
import { isPaid, newOperation, reserved, withOperation, type NewOperation } from "./operation.ts";

/** Ends an operation without success: what it had reserved is free again. A refund's end is told to the order. */
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
  const noted = recordChange(payment, { ...context, entry, reason: code, amount: operation.amount, change });
  const decision = withOperation(noted, failed);
  if (operation.kind !== "refund" || !isPaid(payment)) return decision;
  return {
    ...decision,
    events: [{ type: "payment.refund_failed", payment: decision.payment, refund: failed }],
  };
}

/** A refund the order asked for that cannot be: it fails before the provider hears of it, and the order is told. */
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
