import { moneyFromDecimal, type Money } from "@till/money";

/**
 * A price as an upstream states it, right or wrong: PUT /catalog may set one that no currency allows, so that Till's
 * handling of it can be tested.
 */
export type Price = { readonly currency: string; readonly decimal: string };

/** Converts a price to google.type.Money without checking it. */
export function priceToProto({ currency, decimal }: Price) {
  const [, sign = "", units = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const signed = sign === "-" ? -1 : 1;
  return {
    currencyCode: currency,
    units: BigInt(units) * BigInt(signed),
    nanos: Number(fraction.padEnd(9, "0")) * signed || 0,
  };
}

/** Converts a price to money; undefined where it is no amount of its currency. */
export function priceToMoney({ currency, decimal }: Price): Money | undefined {
  try {
    return moneyFromDecimal(decimal, currency);
  } catch {
    return undefined;
  }
}
