/** Why an amount of money was rejected. */
export type MoneyErrorCode =
  | "UNKNOWN_CURRENCY"
  | "CURRENCY_MISMATCH"
  | "NOT_AN_AMOUNT"
  | "TOO_PRECISE"
  | "OUT_OF_RANGE"
  | "SIGN_MISMATCH";

/** An amount that cannot exist or a sum that cannot be made; callers branch on `code`. */
export class MoneyError extends Error {
  override readonly name = "MoneyError";
  readonly code: MoneyErrorCode;

  constructor(code: MoneyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
