import type { Money } from "@till/money";
import { andThen, recordChange, unchanged, type Decision } from "./decision.ts";
import { recordFailedRefund } from "./apply-operation-outcome.ts";
import { beginRefund } from "./begin-operation.ts";
import { disputedFailure, isDisputed } from "./dispute.ts";
import { isPaid, operationFor, refundable } from "./operation.ts";
import { isUndecided, type Payment } from "./payment.ts";
import { followUp, isPaidInPart, type FollowUpContext } from "./follow-up.ts";

/**
 * Reverses the payment of a cancelled order, now or when its outcome is known: an authorization is voided, captured money
 * refunded. Captured money that the order has counted is refunded by the order's own refund instead.
 */
export function abandonPayment(
  payment: Payment,
  { reason, orderSawNoCapture }: { readonly reason: string; readonly orderSawNoCapture: boolean },
  context: FollowUpContext,
): Decision {
  const isOpen =
    isUndecided(payment) ||
    payment.status === "AUTHORIZED" ||
    isPaidInPart(payment) ||
    (orderSawNoCapture && isPaid(payment));
  if (!isOpen || payment.mustReverse) return unchanged(payment);
  const recorded = recordChange(payment, {
    ...context,
    entry: "ORDER_CANCELLED",
    reason,
    change: { mustReverse: true },
  });
  return andThen(recorded, (next) => followUp(next, context));
}

/**
 * Begins an order's refund, once. One that is not possible is recorded as a failed refund, so that the order gets the
 * event.
 */
export function refundForOrder(
  payment: Payment,
  { refundId, amount }: { readonly refundId: string; readonly amount: Money },
  context: FollowUpContext,
): Decision {
  if (operationFor(payment, refundId)) return unchanged(payment);
  const given = {
    id: context.operationId,
    scope: refundId,
    orderRefundId: refundId,
    reason: "the order's refund",
  };
  const problem = problemWith(payment, amount);
  if (!problem) return beginRefund(payment, amount, given, context);
  return recordFailedRefund(payment, amount, given, problem, context);
}

/** Refunds all of a late payment, after its pending operations. */
export function refundLatePayment(payment: Payment, context: FollowUpContext): Decision {
  const recorded = payment.mustReverse
    ? unchanged(payment)
    : recordChange(payment, { ...context, entry: "LATE_PAYMENT", change: { mustReverse: true } });
  return andThen(recorded, (next) => followUp(next, context));
}

function problemWith(payment: Payment, { currency, minorUnits }: Money) {
  if (!isPaid(payment)) return { code: "not_paid", reason: `The payment is ${payment.status}.` };
  const isTooMuch = currency !== payment.amount.currency || minorUnits > refundable(payment).minorUnits;
  if (isTooMuch && isDisputed(payment)) return disputedFailure;
  if (isTooMuch || minorUnits <= 0n) {
    return { code: "exceeds_captured", reason: "The amount is more than what is refundable." };
  }
  return undefined;
}
