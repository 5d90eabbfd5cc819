import type { AppError } from "@till/rpc/errors";
import { moneyToDecimal, subtract, type Money } from "@till/money";
import { illegalTransition, unchanged, type Context, type Decision } from "./decision.ts";
import { requireUndisputed } from "./dispute.ts";
import { appError } from "./errors.ts";
import { isLeased, requestInProgress } from "./lease.ts";
import type { Operation, Payment } from "./payment.ts";
import {
  begin,
  capturable,
  isPaid,
  operationOf,
  refundable,
  withOperation,
  type NewOperation,
} from "./operation.ts";

/** Begins a capture of `requested`, or of all that is capturable. The amount is pending until its outcome. */
export function beginCapture(
  payment: Payment,
  requested: Money | undefined,
  given: NewOperation,
  context: Context,
): Decision {
  if (payment.status !== "AUTHORIZED") {
    throw illegalTransition(payment, "PROCESSED", `nothing is authorized, the payment is ${payment.status}`);
  }
  requireNoneOpen(payment, "void", context);
  const left = capturable(payment);
  if (requested === undefined && left.minorUnits === 0n) requireNoneOpen(payment, "capture", context);
  const amount = amountWithin(payment, requested, left, "CAPTURE_EXCEEDS_AUTHORIZED");
  return begin(payment, "capture", amount, given, context);
}

/** Begins a void of what is authorized and not captured, or of a payment that requires action. */
export function beginVoid(payment: Payment, given: NewOperation, context: Context): Decision {
  const { status, authorized, captured } = payment;
  if (status !== "AUTHORIZED" && status !== "REQUIRES_ACTION") {
    throw illegalTransition(payment, "VOIDED", `there is nothing to void, the payment is ${status}`);
  }
  requireNoneOpen(payment, "capture", context);
  requireNoneOpen(payment, "void", context);
  return begin(payment, "void", subtract(authorized, captured), given, context);
}

/** Begins a refund of `requested`, or of all that is refundable. The amount is pending until its outcome. */
export function beginRefund(
  payment: Payment,
  requested: Money | undefined,
  given: NewOperation,
  context: Context,
): Decision {
  if (!isPaid(payment)) {
    throw illegalTransition(
      payment,
      "REFUNDED",
      `there is nothing to refund, the payment is ${payment.status}`,
    );
  }
  requireUndisputed(payment, requested);
  const amount = amountWithin(payment, requested, refundable(payment), "REFUND_EXCEEDS_CAPTURED");
  return begin(payment, "refund", amount, given, context);
}

/** Resumes an operation under a new lease. Throws REQUEST_IN_PROGRESS while another process has the lease. */
export function resumeOperation(
  payment: Payment,
  id: string,
  leaseExpiresAt: Date,
  { now }: Context,
): Decision {
  const operation = operationOf(payment, id);
  if (operation.status !== "PENDING") return unchanged(payment);
  if (isLeased(operation, now)) throw operationInProgress(operation, now);
  return withOperation(unchanged(payment), { ...operation, leaseExpiresAt, updatedAt: now });
}

function amountWithin(
  payment: Payment,
  requested: Money | undefined,
  left: Money,
  reason: "CAPTURE_EXCEEDS_AUTHORIZED" | "REFUND_EXCEEDS_CAPTURED",
): Money {
  const { currency } = payment.amount;
  if (requested && requested.currency !== currency) {
    const facts = { expected: currency, got: requested.currency };
    throw appError("CURRENCY_MISMATCH", `the payment is in ${currency}, not ${requested.currency}`, {
      metadata: facts,
    });
  }
  const amount = requested ?? left;
  if (amount.minorUnits === 0n || amount.minorUnits > left.minorUnits) {
    const facts = { payment_id: payment.id, available: moneyToDecimal(left), got: moneyToDecimal(amount) };
    throw appError(reason, `${facts.available} ${currency} is left`, { metadata: facts });
  }
  return amount;
}

function requireNoneOpen({ operations }: Payment, kind: Operation["kind"], { now }: Context): void {
  const open = operations.find((one) => one.kind === kind && one.status === "PENDING");
  if (open) throw operationInProgress(open, now);
}

function operationInProgress(operation: Operation, now: Date): AppError {
  return requestInProgress(
    operation.paymentId,
    operation,
    now,
    `a ${operation.kind} of this payment is under way`,
  );
}
