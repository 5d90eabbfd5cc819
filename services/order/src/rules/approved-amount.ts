import { compare, money, moneyToDecimal, type Money } from "@till/money";
import { appError } from "./errors.ts";
import type { Order, RefundLine } from "./order.ts";
import { refundable, refundableOfDelivery, refundableOfLine } from "./refundable.ts";

/**
 * What an admin approves: an amount, lines, the delivery. `amount` undefined: the sum of the lines and the delivery, else
 * all that is left.
 */
export type Approval = {
  readonly amount: Money | undefined;
  /** Each line once. */
  readonly items: readonly RefundLine[];
  readonly deliveryAmount?: Money | undefined;
};

/**
 * Returns the amount of an approved refund. Throws CURRENCY_MISMATCH; INVALID_ARGUMENT for an unknown line, or an amount
 * that is not the sum of the parts; REFUND_EXCEEDS_CAPTURED for more than is left of a line, the delivery or the order.
 */
export function approvedAmount(order: Order, approval: Approval): Money {
  const { currency } = order.total;
  const { amount, items, deliveryAmount } = approval;
  const parts = [...items.map((line) => line.amount), ...(deliveryAmount ? [deliveryAmount] : [])];
  for (const part of amount ? [amount, ...parts] : parts) requireCurrency(part, currency);
  requireKnownLines(order, items);
  // Not by `add`: the parts of a request may exceed what an amount can hold.
  const sum = parts.reduce((total, { minorUnits }) => total + minorUnits, 0n);
  if (amount && parts.length > 0 && amount.minorUnits !== sum) {
    throw appError("INVALID_ARGUMENT", "must be the sum of the items and shipping_fee", { field: "amount" });
  }
  for (const { itemId, amount: part } of items) {
    const line = order.items.find(({ id }) => id === itemId)!;
    requireLeft(part, refundableOfLine(line), `of line ${itemId}`, { item_id: itemId });
  }
  if (deliveryAmount) requireLeft(deliveryAmount, refundableOfDelivery(order), "of the delivery");
  const all = refundable(order);
  const approved = amount ?? (parts.length > 0 ? money(currency, sum) : all);
  requireLeft(approved, all, "of what was captured");
  return approved;
}

function requireKnownLines(order: Order, lines: readonly RefundLine[]): void {
  const known = new Set(order.items.map(({ id }) => id));
  const index = lines.findIndex(({ itemId }) => !known.has(itemId));
  if (index < 0) return;
  throw appError("INVALID_ARGUMENT", "the order has no such line", { field: `items[${index}].item_id` });
}

function requireLeft(
  requested: Money,
  left: Money,
  what: string,
  metadata: Record<string, string> = {},
): void {
  if (requested.minorUnits > 0n && compare(requested, left) <= 0) return;
  const facts = { refundable: moneyToDecimal(left), requested: moneyToDecimal(requested) };
  throw appError("REFUND_EXCEEDS_CAPTURED", `only ${facts.refundable} ${what} is left to refund`, {
    metadata: { ...metadata, ...facts },
  });
}

function requireCurrency({ currency }: Money, expected: string): void {
  if (currency === expected) return;
  throw appError("CURRENCY_MISMATCH", `the order is in ${expected}, not ${currency}`, {
    metadata: { expected, got: currency },
  });
}
