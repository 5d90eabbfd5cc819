import { equals, moneyToDecimal, type Money } from "@till/money";
import { fail } from "./errors.ts";
import { cancel } from "./order-cancel.ts";
import { followedBy, historyEntry, isAwaitingPayment, move, unchanged } from "./order.ts";
import type { Context, Decision, Order } from "./order.ts";

/** A payment as its events and BeginPayment describe it. */
export type PaymentFacts = { readonly paymentId: string; readonly userId: string; readonly amount: Money };

/** Takes the order's one payment slot (spec C16). The payment that holds it may take it again: nothing changes. */
export function beginPayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  requireMatch(order, payment);
  if (order.paymentId === payment.paymentId && isPaymentHeld(order)) return unchanged(order);
  if (order.status === "PAYMENT_PENDING" && order.paymentId) {
    fail("PAYMENT_IN_PROGRESS", "another payment for this order is under way", { order_id: order.id });
  }
  if (!isAwaitingPayment(order.status) || order.expiresAt <= context.now) {
    const status =
      order.expiresAt <= context.now && isAwaitingPayment(order.status) ? "EXPIRED" : order.status;
    fail("ORDER_NOT_PAYABLE", `the order cannot be paid, it is ${status}`, { order_id: order.id, status });
  }
  const change = { paymentId: payment.paymentId };
  return move(order, "PAYMENT_PENDING", { ...context, entry: "PAYMENT_REQUESTED", change }, (next) => [
    { type: "order.payment_pending", order: next },
  ]);
}

/**
 * The money has arrived: the order is PAID. Money for an order that can no longer take it changes no status; it is
 * recorded and announced as order.late_payment, so that it is given back.
 */
export function confirmPayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  if (order.paymentId === payment.paymentId && order.captured.minorUnits > 0n) return unchanged(order);
  if (!isAwaitingPayment(order.status)) return recordLatePayment(order, payment, context);
  requireMatch(order, payment);
  const change = { paymentId: payment.paymentId, captured: payment.amount };
  return move(order, "PAID", { ...context, entry: "PAYMENT_SUCCEEDED", change }, (next) => [
    { type: "order.confirmed", order: next },
  ]);
}

/** A declined payment as its event describes it; `final`: the same buyer need not try again. */
export type Decline = {
  readonly paymentId: string;
  readonly userId: string;
  readonly code: string;
  readonly reason: string;
  readonly final: boolean;
};

/**
 * A payment was declined. The order waits for another attempt, or is CANCELLED when there is none left or the
 * decline is final (spec C1). A payment that does not hold the slot, or an order that is PAID, is not moved.
 */
export function failPayment(order: Order, decline: Decline, maxAttempts: number, context: Context): Decision {
  const isOpen = order.status === "CREATED" || order.status === "PAYMENT_PENDING";
  const isOthers =
    decline.userId !== order.userId || (order.paymentId && order.paymentId !== decline.paymentId);
  if (!isOpen || isOthers) return unchanged(order);
  const { code, reason } = decline;
  const change = { paymentId: undefined, failedPayments: order.failedPayments + 1 };
  const failed = move(
    order,
    "PAYMENT_FAILED",
    { ...context, entry: "PAYMENT_FAILED", reason: code, change },
    (next) => [{ type: "order.payment_failed", order: next, code, reason }],
  );
  const isLast = decline.final || failed.order.failedPayments >= maxAttempts;
  return isLast ? followedBy(failed, (next) => cancel(next, "PAYMENT_FAILED", context)) : failed;
}

function recordLatePayment(order: Order, { paymentId, amount }: PaymentFacts, context: Context): Decision {
  const next = { ...order, version: order.version + 1, updatedAt: context.now };
  const entry = historyEntry(order, next, {
    ...context,
    entry: "LATE_PAYMENT",
    reason: `payment ${paymentId}`,
  });
  return {
    order: next,
    history: [entry],
    events: [{ type: "order.late_payment", order: next, paymentId, amount }],
  };
}

function requireMatch(order: Order, { userId, amount }: PaymentFacts): void {
  if (userId !== order.userId)
    fail("PAYER_MISMATCH", "the payer is not the order's user", { order_id: order.id });
  const { total } = order;
  if (amount.currency !== total.currency) {
    const facts = { expected: total.currency, got: amount.currency };
    fail("CURRENCY_MISMATCH", `the order is in ${total.currency}, not ${amount.currency}`, facts);
  }
  if (!equals(amount, total)) {
    const facts = { expected: moneyToDecimal(total), got: moneyToDecimal(amount) };
    fail("AMOUNT_MISMATCH", `the order's total is ${facts.expected}, not ${facts.got}`, facts);
  }
}

function isPaymentHeld({ status, captured }: Order): boolean {
  return status === "PAYMENT_PENDING" || captured.minorUnits > 0n;
}
