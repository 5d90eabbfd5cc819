import type { Money } from "@till/money";
import { andThen, recordChange, unchanged, type Decision } from "./decision.ts";
import { recordFailedRefund } from "./fail-operation.ts";
import { beginRefund } from "./begin-operation.ts";
import { isPaid, operationFor, refundable } from "./operation.ts";
import { isUndecided, type Payment } from "./payment.ts";
import { followUp, isPaidInPart, type FollowUpContext } from "./follow-up.ts";

/**
 * The order was cancelled: what is held is let go, now or once it is known to be held. Money that was taken goes
 * back, unless the order has counted it: then it goes back by the order's refund.
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
  const noted = recordChange(payment, {
    ...context,
    entry: "ORDER_CANCELLED",
    reason,
    change: { mustReverse: true },
  });
  return andThen(noted, (next) => followUp(next, context));
}

/**
 * Begins the refund an order asks for, once for each of the order's refunds. One that cannot be is a refund that
 * failed, so that the order hears of it.
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

/** The order cannot take the payment any more: all of it goes back, as soon as nothing else is under way. */
export function refundLatePayment(payment: Payment, context: FollowUpContext): Decision {
  const noted = payment.mustReverse
    ? unchanged(payment)
    : recordChange(payment, { ...context, entry: "LATE_PAYMENT", change: { mustReverse: true } });
  return andThen(noted, (next) => followUp(next, context));
}

function problemWith(payment: Payment, { currency, minorUnits }: Money) {
  if (!isPaid(payment)) return { code: "not_paid", reason: `The payment is ${payment.status}.` };
  const isTooMuch = currency !== payment.amount.currency || minorUnits > refundable(payment).minorUnits;
  if (isTooMuch || minorUnits <= 0n) {
    return { code: "exceeds_captured", reason: "There is not as much left to give back." };
  }
  return undefined;
}
