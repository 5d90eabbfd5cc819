import { moneyToDecimal, type Money } from "@till/money";

/** Kinds of mismatches, as the API names and explains them. */
export type MismatchKind = "AMOUNT" | "MISSING_INTERNAL" | "MISSING_EXTERNAL" | "DUPLICATE" | "WRONG_STATE";

/** A difference between a payment (`internal`) and the provider's ledger or the order (`external`). */
export type Mismatch = {
  /** "" for an unmatched entry of the provider's ledger. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly kind: MismatchKind;
  readonly internal: string;
  readonly external: string;
  readonly repaired: boolean;
};

/** An amount as text, such as "12.50 EUR". */
export function formatAmount(amount: Money): string {
  return `${moneyToDecimal(amount)} ${amount.currency}`;
}
