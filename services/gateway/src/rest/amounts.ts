import type { Money as ProtoMoney } from "@till/gen/google/type/money_pb";
import { MoneyError, moneyFromDecimal, moneyFromProto, moneyToJson, moneyToProto } from "@till/money";
import { appError } from "../errors.ts";

/** Returns an amount of a request in a currency. Throws INVALID_ARGUMENT naming the field. */
export function amountFromJson(decimal: string, currency: string, field: string) {
  try {
    return moneyToProto(moneyFromDecimal(decimal, currency));
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    const isOfCurrency = error.code === "UNKNOWN_CURRENCY";
    throw appError("INVALID_ARGUMENT", error.message, { field: isOfCurrency ? "currency" : field });
  }
}

/** An amount of a response: a JSON number with exactly the currency's decimals. */
export function amountToJson(amount: ProtoMoney | undefined): unknown {
  return amount && moneyToJson(moneyFromProto(amount));
}
