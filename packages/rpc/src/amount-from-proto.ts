import { MoneyError, moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { appError } from "./app-error.ts";

/** Reads an amount; throws INVALID_ARGUMENT naming the field where it is none, not its currency's, or below zero. */
export function amountFromProto(value: ProtoMoney, field: string): Money {
  try {
    const amount = moneyFromProto(value);
    if (amount.minorUnits >= 0n) return amount;
    throw appError("INVALID_ARGUMENT", "must not be negative", { field });
  } catch (error) {
    if (error instanceof MoneyError) throw appError("INVALID_ARGUMENT", error.message, { field });
    throw error;
  }
}
