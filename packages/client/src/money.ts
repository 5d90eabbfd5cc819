import { MoneyError, money as checked, moneyFromDecimal, moneyFromProto, moneyToDecimal } from "@till/money";
import { moneyToProto, type ProtoMoney } from "@till/money";
import { invalidArgument } from "./till-error.ts";

/**
 * An exact amount of money: `{ currency: "EUR", amount: "49.00" }`.
 *
 * `amount` is a decimal text with at most as many decimals as the currency has, never a number, so that nothing is
 * rounded and JSON carries it as it is. Till returns exactly the currency's decimals: "49.90", and "1500" for JPY.
 * For arithmetic, and for libraries that count in the smallest unit as Stripe's and Adyen's do, use `minorUnitsOf` and
 * `moneyOf`.
 */
export type Money = {
  /** ISO 4217 code, such as "EUR". */
  readonly currency: string;
  /** Decimal text, such as "49.00". */
  readonly amount: string;
};

/** Returns an amount in the smallest unit of its currency: 4900n for EUR 49.00, 1500n for JPY 1500. */
export function minorUnitsOf(money: Money): bigint {
  return parsed(money, "money").minorUnits;
}

/** Returns the amount of so many of the currency's smallest units: `moneyOf("EUR", 4900n)` is EUR 49.00. */
export function moneyOf(currency: string, minorUnits: bigint): Money {
  return orInvalid("money", () => ({
    currency,
    amount: moneyToDecimal(checked(currency, minorUnits)),
  }));
}

/** Reads an amount of a response. */
export function moneyFrom(value: ProtoMoney): Money {
  const money = moneyFromProto(value);
  return { currency: money.currency, amount: moneyToDecimal(money) };
}

/** Writes an amount of a request. Throws INVALID_ARGUMENT, naming the field, where it is not an amount. */
export function protoMoneyFrom(money: Money, field: string): ProtoMoney {
  return moneyToProto(parsed(money, field));
}

function parsed({ currency, amount }: Money, field: string) {
  // Callers in JavaScript have no compiler that rejects a number.
  if (typeof amount !== "string") throw invalidArgument(field, 'amount must be a text such as "49.00"');
  return orInvalid(field, () => moneyFromDecimal(amount, currency));
}

function orInvalid<Result>(field: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof MoneyError) throw invalidArgument(field, error.message);
    throw error;
  }
}
