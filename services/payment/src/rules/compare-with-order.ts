import { compare, equals, subtract, type Money } from "@till/money";
import { formatAmount, type Mismatch, type MismatchKind } from "./mismatch.ts";
import type { Payment } from "./payment.ts";

/** An order's status and sums. */
export type OrderSums = {
  readonly id: string;
  readonly status: string;
  readonly paymentId: string;
  readonly captured: Money;
  readonly refunded: Money;
};

/** Statuses of orders that are not paid yet. */
const waiting = new Set(["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"]);
/** Statuses of orders that keep no money. */
const over = new Set(["CANCELLED", "REFUNDED"]);

/** Returns the mismatches between a payment and its order. */
export function compareWithOrder(payment: Payment, order: OrderSums | undefined): Mismatch[] {
  const { amount, captured, refunded, refundPending, status } = payment;
  const kept = subtract(subtract(captured, refunded), refundPending).minorUnits > 0n;
  const internal = `${status}, ${formatAmount(captured)} captured, ${formatAmount(refunded)} refunded`;
  if (!order) return kept ? [mismatch(payment, "WRONG_STATE", internal, "no such order")] : [];

  const isItsPayment = order.paymentId === payment.id;
  const isWaiting = waiting.has(order.status);
  const isPaid = !isWaiting && !over.has(order.status);
  const external = `order ${order.status}`;
  // A part does not pay an order: it waits for the rest, or for its end, and then the part is refunded.
  if (isItsPayment && isWaiting && compare(captured, amount) < 0) return [];
  if (kept && !isPaid) return [mismatch(payment, "WRONG_STATE", internal, external)];
  if (kept && !isItsPayment)
    return [
      mismatch(payment, "WRONG_STATE", internal, `${external}, paid by ${order.paymentId || "nothing"}`),
    ];
  if (!isItsPayment || !isPaid) return [];
  if (captured.minorUnits === 0n) return [mismatch(payment, "WRONG_STATE", internal, external)];
  if (equals(order.captured, captured) && equals(order.refunded, refunded)) return [];
  const sums = `${formatAmount(order.captured)} captured, ${formatAmount(order.refunded)} refunded`;
  return [mismatch(payment, "AMOUNT", internal, `${external}, ${sums}`)];
}

function mismatch(payment: Payment, kind: MismatchKind, internal: string, external: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, internal, external, repaired: false };
}
