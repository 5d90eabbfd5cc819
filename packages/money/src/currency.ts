import { current, retired } from "./currency-list.ts";
import { MoneyError } from "./money-error.ts";

/** What a conversion needs to know of a currency. */
type Currency = {
  readonly exponent: number;
  /** Minor units in one unit: 100n for EUR. */
  readonly scale: bigint;
  /** Billionths of a unit in one minor unit: 10,000,000 for EUR. */
  readonly nanosPerMinorUnit: number;
};

/** Whether a code, in capitals, is a currency of ISO 4217 today: an order can be placed in it. */
export function isCurrency(code: string): boolean {
  return currentCodes.has(code);
}

/** Returns how many decimals a currency has, also a retired one: 0 for JPY, 2 for EUR, 3 for BHD. */
export function exponentOf(code: string): number {
  return currencyOf(code).exponent;
}

/** Returns a currency, also a retired one, in which orders may be kept. Throws UNKNOWN_CURRENCY. */
export function currencyOf(code: string): Currency {
  const currency = currencies.get(code);
  if (currency === undefined) throw new MoneyError("UNKNOWN_CURRENCY", `unknown currency ${shown(code)}`);
  return currency;
}

const currentCodes: ReadonlySet<string> = new Set(current.flatMap(({ codes }) => codes.split(" ")));

// Metals, units of account and test codes have no minor unit and are in neither list.
const currencies: ReadonlyMap<string, Currency> = new Map(
  [...current, ...retired].flatMap(({ exponent, codes }) => {
    const currency = { exponent, scale: 10n ** BigInt(exponent), nanosPerMinorUnit: 10 ** (9 - exponent) };
    return codes.split(" ").map((code) => [code, currency] as const);
  }),
);

/** The code may be anything a caller sent, so the message carries no more of it than a code needs. */
function shown(code: string): string {
  return JSON.stringify(code.slice(0, 8));
}
