import { data } from "currency-codes";
import { MoneyError } from "./money-error.ts";

/** What a conversion needs to know of a currency, worked out once. */
export type Currency = {
  readonly exponent: number;
  /** Minor units in one unit: 100n for EUR. */
  readonly scale: bigint;
  /** Billionths of a unit in one minor unit: 10,000,000 for EUR. */
  readonly nanosPerMinorUnit: number;
};

/** Is this an ISO 4217 code, in capitals, of a currency that an order can be paid in? */
export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

/** How many decimals the currency has: 0 for JPY, 2 for EUR, 3 for BHD. */
export function exponentOf(code: string): number {
  return currencyOf(code).exponent;
}

/** The currency's numbers; an unknown code is refused. */
export function currencyOf(code: string): Currency {
  const currency = currencies.get(code);
  if (currency === undefined) throw new MoneyError("UNKNOWN_CURRENCY", `unknown currency ${shown(code)}`);
  return currency;
}

/** Metals, funds, units of account and test codes. ISO gives them no minor unit; the package says 0. */
const withoutMinorUnit = new Set(
  ["XAG", "XAU", "XPD", "XPT"].concat("XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA", "XTS", "XXX"),
);

const currencies: ReadonlyMap<string, Currency> = new Map(
  data
    .filter(({ code }) => !withoutMinorUnit.has(code))
    .map(({ code, digits }) => [
      code,
      { exponent: digits, scale: 10n ** BigInt(digits), nanosPerMinorUnit: 10 ** (9 - digits) },
    ]),
);

/** The code may be anything a caller sent, so the message carries no more of it than a code needs. */
function shown(code: string): string {
  return JSON.stringify(code.slice(0, 8));
}
