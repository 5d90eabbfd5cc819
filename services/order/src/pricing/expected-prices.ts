import { equals, moneyToDecimal, type Money } from "@till/money";
import type { Order } from "../rules/order.ts";
import { appError } from "../rules/errors.ts";

/** The prices that a client has shown to its user. */
export type ExpectedPrices = {
  readonly lines: readonly { readonly expectedPrice: Money | undefined }[];
  readonly expectedTotal: Money | undefined;
  readonly acceptPriceChanges: boolean;
};

/** A current price that differs from the expected one; without an index it is the total. */
export type PriceChange = {
  readonly itemIndex: number | undefined;
  readonly expected: Money;
  readonly current: Money;
};

/** Returns where the order's prices differ from the expected ones. Throws PRICE_CHANGED unless changes are accepted. */
export function comparePrices(
  expected: ExpectedPrices,
  order: Pick<Order, "items" | "total">,
): readonly PriceChange[] {
  const changes = priceChanges(expected, order);
  if (changes.length === 0 || expected.acceptPriceChanges) return changes;
  throw appError("PRICE_CHANGED", "prices have changed since the client showed them", {
    metadata: Object.fromEntries(changes.flatMap(toMetadata)),
  });
}

function priceChanges(
  { lines, expectedTotal }: ExpectedPrices,
  { items, total }: Pick<Order, "items" | "total">,
): readonly PriceChange[] {
  const ofLines = lines.flatMap(({ expectedPrice }, itemIndex) =>
    priceChange(itemIndex, expectedPrice, items[itemIndex]!.unitPrice),
  );
  return [...ofLines, ...priceChange(undefined, expectedTotal, total)];
}

function priceChange(
  itemIndex: number | undefined,
  expected: Money | undefined,
  current: Money,
): readonly PriceChange[] {
  return expected && !equals(expected, current) ? [{ itemIndex, expected, current }] : [];
}

function toMetadata({ itemIndex, expected, current }: PriceChange): [string, string][] {
  const name = itemIndex === undefined ? "total" : `items[${itemIndex}]`;
  return [
    [`${name}.expected`, moneyToDecimal(expected)],
    [`${name}.current`, moneyToDecimal(current)],
  ];
}
