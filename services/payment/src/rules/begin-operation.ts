import { moneyToDecimal, subtract, type Money } from "@till/money";
import { refuseMove, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { isLeased, refuseAtWork } from "./lease.ts";
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

/** Begins to take held money: `asked`, or all that is left of it. What it will take is reserved. */
export function beginCapture(
  payment: Payment,
  asked: Money | undefined,
  given: NewOperation,
  context: Context,
): Decision {
  if (payment.status !== "AUTHORIZED") {
    refuseMove(payment, "PROCESSED", `there is nothing held to capture, the payment is ${payment.status}`);
  }
  refuseWhileOpen(payment, "void", context);
  const left = capturable(payment);
  if (asked === undefined && left.minorUnits === 0n) refuseWhileOpen(payment, "capture", context);
  const amount = amountWithin(payment, asked, left, "CAPTURE_EXCEEDS_AUTHORIZED");
  return begin(payment, "capture", amount, given, context);
}

/** Begins to let go of what is held and not captured, or of what waits for the payer. */
export function beginVoid(payment: Payment, given: NewOperation, context: Context): Decision {
  const { status, authorized, captured } = payment;
  if (status !== "AUTHORIZED" && status !== "REQUIRES_ACTION") {
    refuseMove(payment, "VOIDED", `there is nothing held to let go, the payment is ${status}`);
  }
  refuseWhileOpen(payment, "capture", context);
  refuseWhileOpen(payment, "void", context);
  return begin(payment, "void", subtract(authorized, captured), given, context);
}

/** Begins to give captured money back: `asked`, or all that is left of it. What it will give is reserved. */
export function beginRefund(
  payment: Payment,
  asked: Money | undefined,
  given: NewOperation,
  context: Context,
): Decision {
  if (!isPaid(payment)) {
    refuseMove(payment, "REFUNDED", `there is nothing to give back, the payment is ${payment.status}`);
  }
  const amount = amountWithin(payment, asked, refundable(payment), "REFUND_EXCEEDS_CAPTURED");
  return begin(payment, "refund", amount, given, context);
}

/** Takes an operation up again. Throws REQUEST_IN_PROGRESS while another process is at work on it. */
export function resumeOperation(
  payment: Payment,
  id: string,
  leaseExpiresAt: Date,
  { now }: Context,
): Decision {
  const operation = operationOf(payment, id);
  if (operation.status !== "PENDING") return unchanged(payment);
  if (isLeased(operation, now)) refuseBusy(operation, now);
  return withOperation(unchanged(payment), { ...operation, leaseExpiresAt, updatedAt: now });
}

function amountWithin(
  payment: Payment,
  asked: Money | undefined,
  left: Money,
  reason: "CAPTURE_EXCEEDS_AUTHORIZED" | "REFUND_EXCEEDS_CAPTURED",
): Money {
  const { currency } = payment.amount;
  if (asked && asked.currency !== currency) {
    const facts = { expected: currency, got: asked.currency };
    throw appError("CURRENCY_MISMATCH", `the payment is in ${currency}, not ${asked.currency}`, {
      metadata: facts,
    });
  }
  const amount = asked ?? left;
  if (amount.minorUnits === 0n || amount.minorUnits > left.minorUnits) {
    const facts = { payment_id: payment.id, available: moneyToDecimal(left), got: moneyToDecimal(amount) };
    throw appError(reason, `${facts.available} ${currency} is left`, { metadata: facts });
  }
  return amount;
}

function refuseWhileOpen({ operations }: Payment, kind: Operation["kind"], { now }: Context): void {
  const open = operations.find((one) => one.kind === kind && one.status === "PENDING");
  if (open) refuseBusy(open, now);
}

function refuseBusy(operation: Operation, now: Date): never {
  refuseAtWork(operation.paymentId, operation, now, `a ${operation.kind} of this payment is under way`);
}
