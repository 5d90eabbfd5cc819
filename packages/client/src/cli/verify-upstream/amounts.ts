import { MoneyError, moneyFromProto, type ProtoMoney } from "@till/money";

export type { ProtoMoney } from "@till/money";

/** What is wrong with an amount that cannot be charged; undefined where nothing is. */
export function problemOfAmount(amount: ProtoMoney): string | undefined {
  try {
    return moneyFromProto(amount).minorUnits < 0n ? "is less than zero" : undefined;
  } catch (error) {
    if (error instanceof MoneyError) return `cannot be charged: ${error.message}`;
    throw error;
  }
}
