import { equals, moneyToDecimal, type Money } from "@till/money";
import type { AskedOrder } from "../checkout/create-order-request.ts";
import { appError } from "../rules/errors.ts";
import type { OrderItem } from "../rules/order.ts";

/** What an order is going to cost. */
export type Prices = {
  readonly items: readonly Pick<OrderItem, "unitPrice">[];
  /** With delivery and discount. */
  readonly total: Money;
};

/**
 * The client's prices are what the buyer was shown, those of the order are the truth (spec C8, S4.6). Throws
 * PRICE_CHANGED with each difference unless the request accepts changes.
 */
export function requireExpectedPrices(asked: AskedOrder, { items, total }: Prices): void {
  if (asked.acceptPriceChanges) return;
  const changes: Record<string, string> = {};
  const compare = (name: string, expected: Money | undefined, current: Money) => {
    if (!expected || equals(expected, current)) return;
    changes[`${name}.expected`] = moneyToDecimal(expected);
    changes[`${name}.current`] = moneyToDecimal(current);
  };
  asked.lines.forEach(({ expectedPrice }, index) =>
    compare(`items[${index}]`, expectedPrice, items[index]!.unitPrice),
  );
  compare("total", asked.expectedTotal, total);
  if (Object.keys(changes).length > 0)
    throw appError("PRICE_CHANGED", "prices have changed since the buyer saw them", { metadata: changes });
}
