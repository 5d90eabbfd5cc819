import { MoneyError, moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { refuseField } from "./app-error.ts";

/** Reads an amount; throws INVALID_ARGUMENT naming the field where it is none, not its currency's, or below zero. */
export function amountFromProto(value: ProtoMoney, field: string): Money {
  try {
    const amount = moneyFromProto(value);
    return amount.minorUnits < 0n ? refuseField(field, "must not be negative") : amount;
  } catch (error) {
    if (error instanceof MoneyError) refuseField(field, error.message);
    throw error;
  }
}
