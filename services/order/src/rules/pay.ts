import { equals, moneyToDecimal, type Money } from "@till/money";
import { cancel } from "./cancel.ts";
import {
  followedBy,
  isChange,
  move,
  note,
  refuseMove,
  unchanged,
  type Context,
  type Decision,
} from "./decision.ts";
import { fail } from "./errors.ts";
import { isAwaitingPayment, type Order } from "./order.ts";

/** A payment as its events and BeginPayment describe it. */
export type PaymentFacts = { readonly paymentId: string; readonly userId: string; readonly amount: Money };

/** Takes the order's one payment slot (spec C16). The payment that holds it may take it again: nothing changes. */
export function beginPayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  requireMatch(order, payment);
  if (order.paymentId === payment.paymentId && isPaymentHeld(order)) return unchanged(order);
  if (hasPaymentUnderWay(order)) {
    fail("PAYMENT_IN_PROGRESS", "another payment for this order is under way", { order_id: order.id });
  }
  requirePayable(order, context.now);
  const how = {
    ...context,
    entry: "PAYMENT_REQUESTED",
    amount: payment.amount,
    change: { paymentId: payment.paymentId },
  };
  // RetryPayment has opened the slot already.
  if (order.status === "PAYMENT_PENDING") return note(order, how);
  return move(order, { to: "PAYMENT_PENDING", by: "BeginPayment", ...how }, pending);
}

/** Throws as BeginPayment would now, unless the payment holds the order's slot: an earlier yes holds no longer than it. */
export function requireSlot(order: Order, payment: PaymentFacts, context: Context): void {
  if (!isChange(beginPayment(order, payment, context))) return;
  const { id: order_id, status } = order;
  fail("ORDER_NOT_PAYABLE", "this payment of the order has ended; begin another", { order_id, status });
}

/** Opens the payment slot of an order whose payment failed (spec C1). */
export function retryPayment(order: Order, context: Context): Decision {
  if (order.status === "PAYMENT_PENDING") return unchanged(order);
  if (order.status !== "PAYMENT_FAILED") {
    refuseMove(
      order,
      "PAYMENT_PENDING",
      `there is no failed payment to try again, the order is ${order.status}`,
    );
  }
  requirePayable(order, context.now);
  const how = { ...context, entry: "PAYMENT_RETRIED", change: { paymentId: undefined } };
  return move(order, { to: "PAYMENT_PENDING", by: "RetryPayment", ...how }, pending);
}

/**
 * The money has arrived: the order is PAID. Money for an order that can no longer take it changes no status; it is
 * recorded and announced as order.late_payment, so that it is given back.
 */
export function confirmPayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  if (order.paymentId === payment.paymentId && order.captured.minorUnits > 0n) return unchanged(order);
  if (!isAwaitingPayment(order.status)) return recordLatePayment(order, payment, context);
  requireMatch(order, payment);
  const { paymentId, amount } = payment;
  const how = { ...context, entry: "PAYMENT_SUCCEEDED", amount, change: { paymentId, captured: amount } };
  return move(order, { to: "PAID", by: "payment.processed", ...how }, (next) => [
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
    { to: "PAYMENT_FAILED", by: "payment.failed", ...context, entry: "PAYMENT_FAILED", reason: code, change },
    (next) => [{ type: "order.payment_failed", order: next, code, reason }],
  );
  const isLast = decline.final || failed.order.failedPayments >= maxAttempts;
  return isLast ? followedBy(failed, (next) => cancel(next, "PAYMENT_FAILED", context)) : failed;
}

/**
 * A held payment was let go: the slot it had is open for another, as after RetryPayment. One that was taken in part keeps
 * it until the order expires and the part goes back.
 */
export function freeSlot(
  order: Order,
  { paymentId, nothingTaken }: { readonly paymentId: string; readonly nothingTaken: boolean },
  context: Context,
): Decision {
  if (!nothingTaken || !hasPaymentUnderWay(order) || order.paymentId !== paymentId) return unchanged(order);
  return note(order, { ...context, entry: "PAYMENT_VOIDED", change: { paymentId: undefined } });
}

/** Whether a payment holds the slot and money may be on its way. */
export function hasPaymentUnderWay({ status, paymentId }: Order): boolean {
  return status === "PAYMENT_PENDING" && paymentId !== undefined;
}

const pending = (order: Order) => [{ type: "order.payment_pending", order } as const];

function requirePayable(order: Order, now: Date): void {
  const isLate = order.expiresAt <= now;
  if (isAwaitingPayment(order.status) && !isLate) return;
  const status = isAwaitingPayment(order.status) ? "EXPIRED" : order.status;
  fail("ORDER_NOT_PAYABLE", `the order cannot be paid, it is ${status}`, { order_id: order.id, status });
}

function recordLatePayment(order: Order, payment: PaymentFacts, context: Context): Decision {
  const { paymentId, amount } = payment;
  const noted = note(order, { ...context, entry: "LATE_PAYMENT", reason: `payment ${paymentId}`, amount });
  return { ...noted, events: [{ type: "order.late_payment", order: noted.order, paymentId, amount }] };
}

function requireMatch(order: Order, { userId, amount }: PaymentFacts): void {
  if (userId !== order.userId) {
    const facts = { expected: order.userId, got: userId };
    fail("PAYER_MISMATCH", "the payer is not the order's user", facts);
  }
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
