import { add, equals, moneyToDecimal, subtract, type Money } from "@till/money";
import { transition, recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { hasLostLease, type LeaseContext } from "./lease.ts";
import type { Failure, Operation, Payment, PaymentStatus } from "./payment.ts";
import type { OperationOutcome } from "./provider.ts";
import {
  isPaid,
  newOperation,
  operationOf,
  reserved,
  withOperation,
  type NewOperation,
} from "./operation.ts";

/** Applies an operation's outcome. A second outcome does not change it. */
export function applyOperationOutcome(
  payment: Payment,
  id: string,
  outcome: OperationOutcome,
  context: LeaseContext,
): Decision {
  const operation = operationOf(payment, id);
  if (operation.status !== "PENDING") return unchanged(payment);
  switch (outcome.kind) {
    case "succeeded": {
      const { transactionId, amount } = outcome;
      if (operation.kind === "void" || equals(amount, operation.amount)) {
        return succeed(payment, { ...operation, transactionId }, context);
      }
      const why = `${moneyToDecimal(amount)} ${amount.currency} instead of the requested amount`;
      return wait(payment, operation, why, context);
    }
    case "pending":
      return wait(payment, { ...operation, transactionId: outcome.transactionId }, "pending", context);
    case "failed":
      return failOperation(payment, operation, outcome, context);
    case "unknown":
    case "unsent":
      return wait(payment, operation, outcome.why, context);
  }
}

function succeed(payment: Payment, operation: Operation, context: Context): Decision {
  const done: Operation = { ...ended(operation, context), status: "SUCCEEDED" };
  switch (operation.kind) {
    case "capture":
      return captured(payment, done, context);
    case "void":
      return voided(payment, done, context);
    case "refund":
      return refunded(payment, done, context);
  }
}

/** The payment is PROCESSED when all of the authorization is captured; published only if that is the payment's amount. */
function captured(payment: Payment, operation: Operation, context: Context): Decision {
  const sum = add(payment.captured, operation.amount);
  const isAll = payment.status === "AUTHORIZED" && equals(sum, payment.authorized);
  const change = { ...reserved(payment, operation, subtract), captured: sum };
  const decision = applied(payment, isAll ? "PROCESSED" : undefined, operation, {
    ...context,
    change: isAll ? { ...change, processedAt: context.now } : change,
  });
  if (!isAll || !equals(sum, payment.amount)) return decision;
  return { ...decision, events: [{ type: "payment.processed", payment: decision.payment }] };
}

/** A payment that was captured in part ends PROCESSED with that part. */
function voided(payment: Payment, operation: Operation, context: Context): Decision {
  const { status } = payment;
  const isHeld = status === "AUTHORIZED" || status === "REQUIRES_ACTION";
  if (!isHeld) return applied(payment, undefined, operation, context);
  const to = payment.captured.minorUnits > 0n ? "PROCESSED" : "VOIDED";
  const change = { actionUrl: undefined, leaseExpiresAt: undefined, processedAt: context.now };
  const decision = applied(payment, to, operation, { ...context, change });
  return { ...decision, events: [{ type: "payment.voided", payment: decision.payment }] };
}

/** A refund of a payment that was never paid changes no status and publishes no event. */
function refunded(payment: Payment, operation: Operation, context: Context): Decision {
  const sum = add(payment.refunded, operation.amount);
  const change = { ...reserved(payment, operation, subtract), refunded: sum };
  if (!isPaid(payment)) return applied(payment, undefined, operation, { ...context, change });
  const to = equals(sum, payment.captured) ? "REFUNDED" : "PARTIALLY_REFUNDED";
  const decision = applied(payment, to, operation, { ...context, change });
  return {
    ...decision,
    events: [{ type: "payment.refunded", payment: decision.payment, refund: operation }],
  };
}

function applied(
  payment: Payment,
  to: PaymentStatus | undefined,
  operation: Operation,
  context: Context & { readonly change?: Partial<Payment> },
): Decision {
  const { kind, amount, transactionId } = operation;
  const how = { ...context, entry: `${kind.toUpperCase()}_SUCCEEDED`, reason: transactionId ?? "", amount };
  const changesStatus = to !== undefined && to !== payment.status;
  return withOperation(changesStatus ? transition(payment, to, how) : recordChange(payment, how), operation);
}

/** Keeps an operation without an outcome PENDING. Repeated syncs add no history entry. */
function wait(payment: Payment, operation: Operation, why: string, context: LeaseContext): Decision {
  const known = operationOf(payment, operation.id);
  if (hasLostLease(known, context)) return unchanged(payment);
  const waiting = { ...operation, leaseExpiresAt: undefined, updatedAt: context.now };
  const hasChanged = known.leaseExpiresAt !== undefined || known.transactionId !== operation.transactionId;
  if (!hasChanged) return unchanged(payment);
  const entry = `${operation.kind.toUpperCase()}_${why === "pending" ? "PENDING" : "UNKNOWN"}`;
  const how = { ...context, entry, reason: why, amount: operation.amount };
  return withOperation(recordChange(payment, how), waiting);
}

function ended(operation: Operation, { now }: Context): Operation {
  return { ...operation, leaseExpiresAt: undefined, updatedAt: now };
}

/** Fails an operation: its amount is no longer pending. A refund's failure is published. */
function failOperation(
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
