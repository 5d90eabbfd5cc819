import type { MismatchKind as ProtoKind } from "@till/gen/till/payment/v1/payment_service_pb";
import { moneyToDecimal, type Money } from "@till/money";

/** How two books can disagree. */
export type MismatchKind = Exclude<keyof typeof ProtoKind, "UNSPECIFIED">;

/** Something on which two books do not agree: ours says `here`, the other one says `there`. */
export type Mismatch = {
  /** "" where only the provider knows of it. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly kind: MismatchKind;
  readonly here: string;
  readonly there: string;
  readonly repaired: boolean;
};

/** An amount as a mismatch shows it. */
export function inWords(amount: Money): string {
  return `${moneyToDecimal(amount)} ${amount.currency}`;
}
