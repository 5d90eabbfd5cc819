import { moneyToDecimal, subtract, type Money } from "@till/money";
import { isAwaitingPayment, type Order } from "../rules/order.ts";
import type { OrderPayment } from "../upstreams/payments.ts";
import type { Discrepancy, Replayed } from "./replay.ts";

/** What an order's row says otherwise than its history and its payments do. */
export function discrepanciesOf(
  order: Order,
  history: Replayed,
  payments: readonly OrderPayment[],
): Discrepancy[] {
  return [
    ...history.gaps,
    ...differ("version", String(history.version), String(order.version)),
    ...differ("status", history.status ?? "none", order.status),
    ...differ("captured", said(history.captured), said(order.captured)),
    ...differ("refunded", said(history.refunded), said(order.refunded)),
    ...moneyDiscrepancies(order, payments),
  ];
}

/** One payment counts, the one that made the order PAID; what any other has taken must have gone back. */
function moneyDiscrepancies(order: Order, payments: readonly OrderPayment[]): Discrepancy[] {
  const isPaid = order.captured.minorUnits > 0n;
  const counting = isPaid ? payments.find(({ id }) => id === order.paymentId) : undefined;
  if (isPaid && !counting) return differ("payment", "none", order.paymentId ?? "");
  return payments.flatMap((payment) => [
    ...differ(`payment ${payment.id}: payer`, payment.userId, order.userId),
    ...(payment === counting
      ? [
          ...differ(`payment ${payment.id}: captured`, said(payment.captured), said(order.captured)),
          ...differ(`payment ${payment.id}: refunded`, said(payment.refunded), said(order.refunded)),
        ]
      : differ(`payment ${payment.id}: money kept`, said(moneyKept(order, payment)), said(noneOf(payment)))),
  ]);
}

/** What a payment that does not count holds. One that takes its money in parts may not be through with it yet. */
function moneyKept(order: Order, payment: OrderPayment): Money {
  const isUnderWay =
    payment.isAuthorized && payment.id === order.paymentId && isAwaitingPayment(order.status);
  return isUnderWay ? noneOf(payment) : subtract(payment.captured, payment.refunded);
}

function noneOf({ captured }: OrderPayment): Money {
  return subtract(captured, captured);
}

function differ(subject: string, expected: string, found: string): Discrepancy[] {
  return expected === found ? [] : [{ subject, expected, found }];
}

function said(amount: Money): string {
  return `${moneyToDecimal(amount)} ${amount.currency}`;
}
