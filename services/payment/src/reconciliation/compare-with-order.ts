import { compare, equals, subtract } from "@till/money";
import type { Payment } from "../rules/payment.ts";
import type { OrderSums } from "../upstreams/orders.ts";
import { formatAmount, type Mismatch, type MismatchKind } from "./mismatch.ts";

/** The orders that wait for their money. */
const waiting = new Set(["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"]);
/** Those that keep none of it. */
const over = new Set(["CANCELLED", "REFUNDED"]);

/** Where a payment and its order do not agree. What is on its way between them is not looked at here. */
export function compareWithOrder(payment: Payment, order: OrderSums | undefined): Mismatch[] {
  const { amount, captured, refunded, refundPending, status } = payment;
  const kept = subtract(subtract(captured, refunded), refundPending).minorUnits > 0n;
  const internal = `${status}, ${formatAmount(captured)} taken, ${formatAmount(refunded)} given back`;
  if (!order) return kept ? [mismatch(payment, "WRONG_STATE", internal, "no such order")] : [];

  const isItsPayment = order.paymentId === payment.id;
  const isWaiting = waiting.has(order.status);
  const isPaid = !isWaiting && !over.has(order.status);
  const external = `order ${order.status}`;
  // A part never pays an order: it waits for the rest, or for its end, and then the part goes back.
  if (isItsPayment && isWaiting && compare(captured, amount) < 0) return [];
  if (kept && !isPaid) return [mismatch(payment, "WRONG_STATE", internal, external)];
  if (kept && !isItsPayment)
    return [
      mismatch(payment, "WRONG_STATE", internal, `${external}, paid by ${order.paymentId || "nothing"}`),
    ];
  if (!isItsPayment || !isPaid) return [];
  if (captured.minorUnits === 0n) return [mismatch(payment, "WRONG_STATE", internal, external)];
  if (equals(order.captured, captured) && equals(order.refunded, refunded)) return [];
  const sums = `${formatAmount(order.captured)} taken, ${formatAmount(order.refunded)} given back`;
  return [mismatch(payment, "AMOUNT", internal, `${external}, ${sums}`)];
}

function mismatch(payment: Payment, kind: MismatchKind, internal: string, external: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, internal, external, repaired: false };
}
