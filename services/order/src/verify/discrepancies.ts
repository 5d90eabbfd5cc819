import { moneyToDecimal, subtract, type Money } from "@till/money";
import { isAwaitingPayment, type Order } from "../rules/order.ts";
import type { OrderPayment } from "../upstreams/ports.ts";
import type { Discrepancy, Replayed } from "./replay.ts";

/** The differences between an order's row and its history and payments. */
export function discrepanciesOf(
  order: Order,
  history: Replayed,
  payments: readonly OrderPayment[],
): Discrepancy[] {
  return [
    ...history.gaps,
    ...differ("version", String(history.version), String(order.version)),
    ...differ("status", history.status ?? "none", order.status),
    ...differ("captured", formatMoney(history.captured), formatMoney(order.captured)),
    ...differ("refunded", formatMoney(history.refunded), formatMoney(order.refunded)),
    ...moneyDiscrepancies(order, payments),
  ];
}

/** The payment that made the order PAID must agree with its sums; the captures of any other must be refunded. */
function moneyDiscrepancies(order: Order, payments: readonly OrderPayment[]): Discrepancy[] {
  const isPaid = order.captured.minorUnits > 0n;
  const paidBy = isPaid ? payments.find(({ id }) => id === order.paymentId) : undefined;
  if (isPaid && !paidBy) return differ("payment", "none", order.paymentId ?? "");
  return payments.flatMap((payment) => [
    ...differ(`payment ${payment.id}: payer`, payment.userId, order.userId),
    ...(payment === paidBy
      ? [
          ...differ(
            `payment ${payment.id}: captured`,
            formatMoney(payment.captured),
            formatMoney(order.captured),
          ),
          ...differ(
            `payment ${payment.id}: refunded`,
            formatMoney(payment.refunded),
            formatMoney(order.refunded),
          ),
        ]
      : differ(
          `payment ${payment.id}: money kept`,
          formatMoney(captureKept(order, payment)),
          formatMoney(zeroOf(payment)),
        )),
  ]);
}

/**
 * What another payment has captured and not refunded; nothing of a part, while the order awaits that payment: it captures
 * the rest, or the part is refunded when the order ends.
 */
function captureKept(order: Order, payment: OrderPayment): Money {
  const isUnderWay =
    payment.id === order.paymentId &&
    isAwaitingPayment(order.status) &&
    payment.captured.minorUnits < order.total.minorUnits;
  return isUnderWay ? zeroOf(payment) : subtract(payment.captured, payment.refunded);
}

function zeroOf({ captured }: OrderPayment): Money {
  return subtract(captured, captured);
}

function differ(subject: string, expected: string, found: string): Discrepancy[] {
  return expected === found ? [] : [{ subject, expected, found }];
}

function formatMoney(amount: Money): string {
  return `${moneyToDecimal(amount)} ${amount.currency}`;
}
