import { equals, moneyToDecimal, type Money } from "@till/money";
import type { Order } from "../rules/order.ts";
import { appError } from "../rules/errors.ts";

/** The prices that a client has shown to its user. */
export type ExpectedPrices = {
  readonly lines: readonly { readonly expectedPrice: Money | undefined }[];
  readonly expectedTotal: Money | undefined;
  readonly acceptPriceChanges: boolean;
};

/** Throws PRICE_CHANGED, with each difference, unless the order has the expected prices or the client accepts changes. */
export function requireExpectedPrices(
  { lines, expectedTotal, acceptPriceChanges }: ExpectedPrices,
  { items, total }: Pick<Order, "items" | "total">,
): void {
  if (acceptPriceChanges) return;
  const changes: Record<string, string> = {};
  const compare = (name: string, expected: Money | undefined, current: Money) => {
    if (!expected || equals(expected, current)) return;
    changes[`${name}.expected`] = moneyToDecimal(expected);
    changes[`${name}.current`] = moneyToDecimal(current);
  };
  lines.forEach(({ expectedPrice }, index) =>
    compare(`items[${index}]`, expectedPrice, items[index]!.unitPrice),
  );
  compare("total", expectedTotal, total);
  if (Object.keys(changes).length > 0)
    throw appError("PRICE_CHANGED", "prices have changed since the client showed them", {
      metadata: changes,
    });
}
