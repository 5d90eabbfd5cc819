import { equals, moneyToDecimal, type Money } from "@till/money";
import { cancel } from "./cancel.ts";
import {
  andThen,
  illegalTransition,
  isChange,
  recordChange,
  transition,
  unchanged,
  type Context,
  type Decision,
} from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import { isAwaitingPayment, type Order, type PaymentDetails } from "./order.ts";
import { paymentInProgress } from "./payment-in-progress.ts";

/** A payment as its events and BeginPayment describe it. */
export type PaymentFacts = { readonly paymentId: string; readonly userId: string; readonly amount: Money };

/**
 * Gives the order's one payment slot to a payment. Changes nothing where the payment has it already. Throws
 * PAYMENT_IN_PROGRESS, ORDER_NOT_PAYABLE, PAYER_MISMATCH, CURRENCY_MISMATCH or AMOUNT_MISMATCH.
 */
export function beginPayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  requireMatch(order, payment);
  if (order.paymentId === payment.paymentId && holdsSlot(order)) return unchanged(order);
  if (hasPaymentUnderWay(order)) throw paymentInProgress(order);
  requirePayable(order, context.now);
  const recorded = {
    ...context,
    ...historyEntry("PAYMENT_REQUESTED", { payment_id: payment.paymentId }),
    amount: payment.amount,
    change: { paymentId: payment.paymentId },
  };
  // RetryPayment has opened the slot already.
  if (order.status === "PAYMENT_PENDING") return recordChange(order, recorded);
  return transition(order, { to: "PAYMENT_PENDING", trigger: "BeginPayment", ...recorded }, pending);
}

/** Throws ORDER_NOT_PAYABLE, or as `beginPayment` would, unless the payment has the order's slot now. */
export function requireSlot(order: Order, payment: PaymentFacts, context: Context): void {
  if (!isChange(beginPayment(order, payment, context))) return;
  const { id: order_id, status } = order;
  throw appError("ORDER_NOT_PAYABLE", "this payment of the order has ended; begin another", {
    metadata: { order_id, status },
  });
}

/**
 * Opens the payment slot of an order whose payment failed. Throws PAYMENT_IN_PROGRESS, ILLEGAL_TRANSITION or
 * ORDER_NOT_PAYABLE.
 */
export function retryPayment(order: Order, context: Context): Decision {
  if (hasPaymentUnderWay(order)) throw paymentInProgress(order);
  if (order.status === "PAYMENT_PENDING") return unchanged(order);
  if (order.cancelReason === "EXPIRED") requirePayable(order, context.now);
  if (order.status !== "PAYMENT_FAILED") {
    throw illegalTransition(
      order,
      "PAYMENT_PENDING",
      `there is no failed payment to try again, the order is ${order.status}`,
    );
  }
  requirePayable(order, context.now);
  const recorded = { ...context, ...historyEntry("PAYMENT_RETRIED"), change: { paymentId: undefined } };
  return transition(order, { to: "PAYMENT_PENDING", trigger: "RetryPayment", ...recorded }, pending);
}

/**
 * Applies a captured payment: the order is PAID. A payment for an order that no longer awaits one is recorded and
 * published as order.late_payment, so that the payment service refunds it.
 */
export function confirmPayment(
  order: Order,
  payment: PaymentFacts & { readonly paidWith?: PaymentDetails },
  context: Context,
): Decision {
  if (order.paymentId === payment.paymentId && order.captured.minorUnits > 0n) return unchanged(order);
  if (!isAwaitingPayment(order.status)) return recordLatePayment(order, payment, context);
  requireMatch(order, payment);
  const { paymentId, amount, paidWith } = payment;
  const change = { paymentId, paidWith, captured: amount };
  const entry = historyEntry("PAYMENT_SUCCEEDED", {
    payment_id: paymentId,
    method: paidWith?.method,
    transaction_id: paidWith?.transactionId,
  });
  const recorded = { ...context, ...entry, amount, change };
  return transition(order, { to: "PAID", trigger: "payment.processed", ...recorded }, (next) => [
    { type: "order.confirmed", order: next },
  ]);
}

/**
 * A failed payment as payment.failed reports it. `final`: no further attempt may succeed. `isAttempt`: the provider
 * received it, so that it is one of the order's attempts.
 */
export type Decline = {
  readonly paymentId: string;
  readonly userId: string;
  readonly code: string;
  readonly reason: string;
  readonly final: boolean;
  readonly isAttempt: boolean;
};

/**
 * Applies a declined payment: the order is PAYMENT_FAILED and may be paid by another, or CANCELLED where no attempt is
 * left or the decline is final. The decline of a payment that does not have the order's slot changes nothing.
 */
export function failPayment(order: Order, decline: Decline, maxAttempts: number, context: Context): Decision {
  const isOpen = order.status === "CREATED" || order.status === "PAYMENT_PENDING";
  const isOtherPayment =
    decline.userId !== order.userId || (order.paymentId && order.paymentId !== decline.paymentId);
  if (!isOpen || isOtherPayment) return unchanged(order);
  const { code, reason, isAttempt } = decline;
  const change = { paymentId: undefined, failedPayments: order.failedPayments + (isAttempt ? 1 : 0) };
  const failed = transition(
    order,
    {
      to: "PAYMENT_FAILED",
      trigger: "payment.failed",
      ...context,
      ...historyEntry("PAYMENT_FAILED", { payment_id: decline.paymentId, code, message: reason }),
      reason: code,
      change,
    },
    (next) => [{ type: "order.payment_failed", order: next, code, reason }],
  );
  const isLast = decline.final || failed.order.failedPayments >= maxAttempts;
  return isLast ? andThen(failed, (next) => cancel(next, "PAYMENT_FAILED", context)) : failed;
}

/**
 * Applies a voided payment: the slot is open for another, as after RetryPayment. A payment that was captured in part
 * keeps the slot until the order expires, when that part is refunded.
 */
export function freeSlot(
  order: Order,
  { paymentId, nothingCaptured }: { readonly paymentId: string; readonly nothingCaptured: boolean },
  context: Context,
): Decision {
  if (!nothingCaptured || !hasPaymentUnderWay(order) || order.paymentId !== paymentId)
    return unchanged(order);
  const entry = historyEntry("PAYMENT_VOIDED", { payment_id: paymentId });
  return recordChange(order, { ...context, ...entry, change: { paymentId: undefined } });
}

/** Whether a payment has the slot and has not ended. */
function hasPaymentUnderWay({ status, paymentId }: Order): boolean {
  return status === "PAYMENT_PENDING" && paymentId !== undefined;
}

const pending = (order: Order) => [{ type: "order.payment_pending", order } as const];

function requirePayable(order: Order, now: Date): void {
  const isLate = order.expiresAt <= now;
  if (isAwaitingPayment(order.status) && !isLate) return;
  const status = isAwaitingPayment(order.status) ? "EXPIRED" : order.status;
  throw appError("ORDER_NOT_PAYABLE", `the order cannot be paid, it is ${status}`, {
    metadata: { order_id: order.id, status },
  });
}

function recordLatePayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  const { paymentId, amount } = payment;
  const entry = historyEntry("LATE_PAYMENT", { payment_id: paymentId });
  const recorded = { ...context, ...entry, reason: `payment ${paymentId}`, amount };
  return recordChange(order, recorded, (next) => [
    { type: "order.late_payment", order: next, paymentId, amount },
  ]);
}

function requireMatch(order: Order, { userId, amount }: PaymentFacts): void {
  if (userId !== order.userId) {
    const facts = { expected: order.userId, got: userId };
    throw appError("PAYER_MISMATCH", "the payer is not the order's user", { metadata: facts });
  }
  const { total } = order;
  if (amount.currency !== total.currency) {
    const facts = { expected: total.currency, got: amount.currency };
    throw appError("CURRENCY_MISMATCH", `the order is in ${total.currency}, not ${amount.currency}`, {
      metadata: facts,
    });
  }
  if (!equals(amount, total)) {
    const facts = { expected: moneyToDecimal(total), got: moneyToDecimal(amount) };
    throw appError("AMOUNT_MISMATCH", `the order's total is ${facts.expected}, not ${facts.got}`, {
      metadata: facts,
    });
  }
}

function holdsSlot({ status, captured }: Order): boolean {
  return status === "PAYMENT_PENDING" || captured.minorUnits > 0n;
}
