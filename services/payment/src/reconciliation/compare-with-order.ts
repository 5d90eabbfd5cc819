import { compare, equals, subtract } from "@till/money";
import type { Payment } from "../rules/payment.ts";
import type { OrderBook } from "../upstreams/orders.ts";
import { inWords, type Mismatch, type MismatchKind } from "./mismatch.ts";

/** The orders that wait for their money. */
const waiting = new Set(["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"]);
/** Those that keep none of it. */
const over = new Set(["CANCELLED", "REFUNDED"]);

/** Where a payment and its order do not agree. What is on its way between them is not looked at here. */
export function compareWithOrder(payment: Payment, order: OrderBook | undefined): Mismatch[] {
  const { amount, captured, refunded, refunding, status } = payment;
  const kept = subtract(subtract(captured, refunded), refunding).minorUnits > 0n;
  const here = `${status}, ${inWords(captured)} taken, ${inWords(refunded)} given back`;
  if (!order) return kept ? [mismatch(payment, "WRONG_STATE", here, "no such order")] : [];

  const isItsPayment = order.paymentId === payment.id;
  const isWaiting = waiting.has(order.status);
  const isPaid = !isWaiting && !over.has(order.status);
  const there = `order ${order.status}`;
  // A part never pays an order: it waits for the rest, or for its end, and then the part goes back.
  if (isItsPayment && isWaiting && compare(captured, amount) < 0) return [];
  if (kept && !isPaid) return [mismatch(payment, "WRONG_STATE", here, there)];
  if (kept && !isItsPayment)
    return [mismatch(payment, "WRONG_STATE", here, `${there}, paid by ${order.paymentId || "nothing"}`)];
  if (!isItsPayment || !isPaid) return [];
  if (captured.minorUnits === 0n) return [mismatch(payment, "WRONG_STATE", here, there)];
  if (equals(order.captured, captured) && equals(order.refunded, refunded)) return [];
  const sums = `${inWords(order.captured)} taken, ${inWords(order.refunded)} given back`;
  return [mismatch(payment, "AMOUNT", here, `${there}, ${sums}`)];
}

function mismatch(payment: Payment, kind: MismatchKind, here: string, there: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, here, there, repaired: false };
}
