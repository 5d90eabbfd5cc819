import { money, type Money } from "@till/money";
import { formatAmount, type Mismatch, type MismatchKind } from "./mismatch.ts";
import { isUndecided, type Payment } from "./payment.ts";

/** Sums of one payment's entries in the provider's ledger, in minor units. */
export type LedgerSums = {
  /** More than one if the entries differ. */
  readonly currencies: readonly string[];
  readonly authorized: bigint;
  /** Charged at once, or captured. */
  readonly captured: bigint;
  readonly voided: bigint;
  readonly refunded: bigint;
  /** Entries that repeat another: a second charge, an operation twice. */
  readonly repeats: number;
};

/** The sums of a payment without entries. */
export const noLedgerSums: LedgerSums = {
  currencies: [],
  authorized: 0n,
  captured: 0n,
  voided: 0n,
  refunded: 0n,
  repeats: 0,
};

/** Returns the mismatches between a payment and the provider's ledger. A payment without an outcome need not be in it. */
export function compareWithProvider(payment: Payment, sums: LedgerSums): Mismatch[] {
  const { currency } = payment.amount;
  if (sums.currencies.some((one) => one !== currency)) {
    return [mismatch(payment, "AMOUNT", `in ${currency}`, `in ${sums.currencies.join(" and ")}`)];
  }
  const external = (minor: bigint) => money(currency, minor);
  if (sums.repeats > 0) {
    const times = `${formatAmount(external(sums.captured))} captured, ${formatAmount(external(sums.refunded))} refunded`;
    return [mismatch(payment, "DUPLICATE", internalOf(payment), `${times}, some of it twice`)];
  }
  if (isUndecided(payment)) return compareUndecided(payment, sums);
  return [
    ...compareSums(payment, "captured", payment.captured, external(sums.captured)),
    ...compareSums(payment, "refunded", payment.refunded, external(sums.refunded)),
    ...compareAuthorization(payment, sums),
  ];
}

function compareUndecided(payment: Payment, { authorized, captured }: LedgerSums): Mismatch[] {
  const moved = captured > 0n ? captured : authorized;
  if (moved === 0n) return [];
  const amount = money(payment.amount.currency, moved);
  const kind = moved === payment.amount.minorUnits ? "WRONG_STATE" : "AMOUNT";
  return [
    mismatch(
      payment,
      kind,
      internalOf(payment),
      `${formatAmount(amount)} ${captured > 0n ? "captured" : "authorized"}`,
    ),
  ];
}

function compareSums(
  payment: Payment,
  what: "captured" | "refunded",
  internal: Money,
  external: Money,
): Mismatch[] {
  if (internal.minorUnits === external.minorUnits) return [];
  const kind = (): MismatchKind => {
    if (external.minorUnits === 0n) return "MISSING_EXTERNAL";
    if (internal.minorUnits !== 0n) return "AMOUNT";
    const isUnderWay = what === "captured" || payment.refundPending.minorUnits > 0n;
    return isUnderWay ? "WRONG_STATE" : "MISSING_INTERNAL";
  };
  const says = `${payment.status}, ${formatAmount(internal)} ${what}`;
  return [mismatch(payment, kind(), says, `${formatAmount(external)} ${what}`)];
}

/** An authorization matters as long as it can be captured. */
function compareAuthorization(payment: Payment, ledger: LedgerSums): Mismatch[] {
  const { status, authorized } = payment;
  const external = money(authorized.currency, ledger.authorized);
  if (status === "AUTHORIZED") {
    if (ledger.authorized === 0n && ledger.captured === 0n)
      return [mismatch(payment, "MISSING_EXTERNAL", internalOf(payment), "nothing")];
    if (ledger.voided > 0n) return [mismatch(payment, "WRONG_STATE", status, "the authorization was voided")];
    if (ledger.authorized !== authorized.minorUnits)
      return [
        mismatch(
          payment,
          "AMOUNT",
          `${formatAmount(authorized)} authorized`,
          `${formatAmount(external)} authorized`,
        ),
      ];
  }
  if (status === "VOIDED" && ledger.authorized > ledger.captured && ledger.voided === 0n)
    return [mismatch(payment, "WRONG_STATE", status, `${formatAmount(external)} still authorized`)];
  return [];
}

function internalOf({ status, captured, authorized }: Payment): string {
  if (captured.minorUnits > 0n) return `${status}, ${formatAmount(captured)} captured`;
  return authorized.minorUnits > 0n ? `${status}, ${formatAmount(authorized)} authorized` : status;
}

function mismatch(payment: Payment, kind: MismatchKind, internal: string, external: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, internal, external, repaired: false };
}
