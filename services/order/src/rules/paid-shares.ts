import { money, subtract, type Money } from "@till/money";
import { subtotal, type Order, type OrderItem } from "./order.ts";

type Line = Pick<OrderItem, "kind" | "unitPrice" | "quantity">;

/**
 * Adds to each line of an order its share of what is paid: its subtotal less its share of the discount. The catalog gives
 * the discount on the goods, so it is spread over them, by largest remainder; an excess is spread over the other lines,
 * and what then exceeds them, too, reduces the delivery.
 */
export function withPaid<Of extends Line>(
  lines: readonly Of[],
  discount: Money,
): (Of & { readonly paid: Money })[] {
  const subtotals = lines.map((line) => subtotal(line).minorUnits);
  const isGoods = lines.map(({ kind }) => kind === "PHYSICAL");
  const ofGoods = spread(
    discount.minorUnits,
    subtotals.map((minor, index) => (isGoods[index] ? minor : 0n)),
  );
  const ofOthers = spread(
    discount.minorUnits - sum(ofGoods),
    subtotals.map((minor, index) => (isGoods[index] ? 0n : minor)),
  );
  return lines.map((line, index) => {
    const paid = subtotals[index]! - ofGoods[index]! - ofOthers[index]!;
    return { ...line, paid: money(discount.currency, paid) };
  });
}

/** What is paid for the delivery: the total less the lines' shares. */
export function paidForDelivery({ items, total }: Pick<Order, "items" | "total">): Money {
  return items.map(({ paid }) => paid).reduce(subtract, total);
}

/**
 * Spreads an amount over parts in proportion to them, by largest remainder: the shares add up to the amount, and none
 * exceeds its part. Of an amount that exceeds the sum of the parts, the sum is spread. All in minor units.
 */
function spread(amount: bigint, parts: readonly bigint[]): bigint[] {
  const whole = sum(parts);
  if (amount === 0n || whole === 0n) return parts.map(() => 0n);
  const spreadable = amount < whole ? amount : whole;
  const shares = parts.map((part) => (spreadable * part) / whole);
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: (spreadable * part) % whole }))
    .sort((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.index - b.index));
  const left = Number(spreadable - sum(shares));
  for (const { index } of byRemainder.slice(0, left)) shares[index]! += 1n;
  return shares;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
