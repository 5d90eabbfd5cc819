import { currencyOf } from "./currency.ts";
import { MoneyError } from "./money-error.ts";

export { exponentOf, isCurrency } from "./currency.ts";
export { MoneyError } from "./money-error.ts";
export type { MoneyErrorCode } from "./money-error.ts";

/** An exact amount in the smallest unit of an ISO 4217 currency. */
export type Money = { readonly currency: string; readonly minorUnits: bigint };

/** The fields of google.type.Money. */
export type ProtoMoney = { readonly currencyCode: string; readonly units: bigint; readonly nanos: number };

/** The largest amount, either side of zero: 15 digits, so that a JSON number carries it exactly. */
export const maxMinorUnits = 999_999_999_999_999n;

/** An amount of a known currency, within range. */
export function money(currency: string, minorUnits: bigint): Money {
  currencyOf(currency);
  return inRange(currency, minorUnits);
}

/** Nothing, in this currency. */
export function zero(currency: string): Money {
  return money(currency, 0n);
}

/** a + b, of one currency. */
export function add(a: Money, b: Money): Money {
  mustShareCurrency(a, b);
  return inRange(a.currency, a.minorUnits + b.minorUnits);
}

/** a − b, of one currency; may go below zero. */
export function subtract(a: Money, b: Money): Money {
  mustShareCurrency(a, b);
  return inRange(a.currency, a.minorUnits - b.minorUnits);
}

/** The amount, a whole number of times. */
export function multiply(a: Money, quantity: number): Money {
  if (!Number.isSafeInteger(quantity)) {
    throw new MoneyError("OUT_OF_RANGE", "money is multiplied by whole numbers only");
  }
  return inRange(a.currency, a.minorUnits * BigInt(quantity));
}

/** Below zero when a is less than b, 0 when they are equal, above zero when a is more; of one currency. */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  mustShareCurrency(a, b);
  if (a.minorUnits === b.minorUnits) return 0;
  return a.minorUnits < b.minorUnits ? -1 : 1;
}

/** The same amount of the same currency. */
export function equals(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.minorUnits === b.minorUnits;
}

/** Reads google.type.Money; rejects what its currency cannot express exactly. */
export function moneyFromProto({ currencyCode, units, nanos }: ProtoMoney): Money {
  const { scale, nanosPerMinorUnit } = currencyOf(currencyCode);
  if (nanos === 0) return inRange(currencyCode, units * scale);
  if (!Number.isInteger(nanos) || Math.abs(nanos) > 999_999_999) {
    throw new MoneyError("OUT_OF_RANGE", "nanos must be a whole number between -999999999 and 999999999");
  }
  if ((units > 0n && nanos < 0) || (units < 0n && nanos > 0)) {
    throw new MoneyError("SIGN_MISMATCH", "units and nanos must have the same sign");
  }
  if (nanos % nanosPerMinorUnit !== 0) throw tooPrecise(currencyCode);
  return inRange(currencyCode, units * scale + BigInt(nanos / nanosPerMinorUnit));
}

/** Writes the fields of google.type.Money. */
export function moneyToProto({ currency, minorUnits }: Money): ProtoMoney {
  const { scale, nanosPerMinorUnit } = currencyOf(currency);
  const nanos = Number(minorUnits % scale) * nanosPerMinorUnit;
  return { currencyCode: currency, units: minorUnits / scale, nanos };
}

/** Reads "99.99", and "99.9" as a JSON number prints it; more decimals than the currency has must be zeros. */
export function moneyFromDecimal(text: string, currency: string): Money {
  const { exponent } = currencyOf(currency);
  const parts = decimal.exec(text);
  if (parts === null) throw new MoneyError("NOT_AN_AMOUNT", "an amount is written like 99.99");
  const [, sign = "", whole = "", fraction = ""] = parts;
  if (whole.length > 15) throw outOfRange();
  if (!onlyZeros.test(fraction.slice(exponent))) throw tooPrecise(currency);
  const minorUnits = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, "0"));
  return inRange(currency, sign === "-" ? -minorUnits : minorUnits);
}

/** Writes the amount with exactly the currency's decimals: "99.90", or "1500" for JPY. */
export function moneyToDecimal({ currency, minorUnits }: Money): string {
  const { exponent } = currencyOf(currency);
  if (exponent === 0) return minorUnits.toString();
  const sign = minorUnits < 0n ? "-" : "";
  const digits = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(exponent + 1, "0");
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Puts an amount into JSON as a number with its currency's decimals, exactly: 99.90, not 99.9 and not "99.90". */
export function moneyToJson(amount: Money): unknown {
  return rawJson.rawJSON(moneyToDecimal(amount));
}

// In every supported Node, not yet in TypeScript's library.
const rawJson = JSON as unknown as { rawJSON(text: string): unknown };

const decimal = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
const onlyZeros = /^0*$/;

function inRange(currency: string, minorUnits: bigint): Money {
  if (minorUnits > maxMinorUnits || minorUnits < -maxMinorUnits) throw outOfRange();
  return { currency, minorUnits };
}

function mustShareCurrency(a: Money, b: Money): void {
  if (a.currency === b.currency) return;
  throw new MoneyError("CURRENCY_MISMATCH", `${a.currency} and ${b.currency} cannot be reckoned together`);
}

function outOfRange(): MoneyError {
  return new MoneyError("OUT_OF_RANGE", `an amount is at most ${maxMinorUnits} minor units`);
}

function tooPrecise(currency: string): MoneyError {
  const { exponent } = currencyOf(currency);
  return new MoneyError("TOO_PRECISE", `${currency} has ${exponent === 0 ? "no" : exponent} decimals`);
}
