import { money, type Money } from "@till/money";
import { isUndecided, type Payment } from "../rules/payment.ts";
import { formatAmount, type Mismatch, type MismatchKind } from "./mismatch.ts";

/** What a provider's ledger says of one payment, all its entries summed up. In minor units. */
export type LedgerSums = {
  /** More than one where the entries are not of one currency. */
  readonly currencies: readonly string[];
  readonly held: bigint;
  /** Charged at once, or captured. */
  readonly taken: bigint;
  readonly released: bigint;
  readonly returned: bigint;
  /** How often the same thing was done again: a second charge, an operation twice. */
  readonly repeats: number;
};

/** The book of a payment that the provider does not know of. */
export const noLedgerSums: LedgerSums = {
  currencies: [],
  held: 0n,
  taken: 0n,
  released: 0n,
  returned: 0n,
  repeats: 0,
};

/** Where a payment and the provider's ledger do not agree. One that is not settled yet need not be in the ledger. */
export function compareWithProvider(payment: Payment, book: LedgerSums): Mismatch[] {
  const { currency } = payment.amount;
  if (book.currencies.some((one) => one !== currency)) {
    return [mismatch(payment, "AMOUNT", `in ${currency}`, `in ${book.currencies.join(" and ")}`)];
  }
  const external = (minor: bigint) => money(currency, minor);
  if (book.repeats > 0) {
    const times = `${formatAmount(external(book.taken))} taken, ${formatAmount(external(book.returned))} given back`;
    return [mismatch(payment, "DUPLICATE", saidHere(payment), `${times}, some of it twice`)];
  }
  if (isUndecided(payment)) return compareUndecided(payment, book);
  return [
    ...compareSums(payment, "taken", payment.captured, external(book.taken)),
    ...compareSums(payment, "given back", payment.refunded, external(book.returned)),
    ...compareHold(payment, book),
  ];
}

function compareUndecided(payment: Payment, { held, taken }: LedgerSums): Mismatch[] {
  const moved = taken > 0n ? taken : held;
  if (moved === 0n) return [];
  const amount = money(payment.amount.currency, moved);
  const kind = moved === payment.amount.minorUnits ? "WRONG_STATE" : "AMOUNT";
  return [
    mismatch(payment, kind, saidHere(payment), `${formatAmount(amount)} ${taken > 0n ? "taken" : "held"}`),
  ];
}

function compareSums(
  payment: Payment,
  what: "taken" | "given back",
  internal: Money,
  external: Money,
): Mismatch[] {
  if (internal.minorUnits === external.minorUnits) return [];
  const kind = (): MismatchKind => {
    if (external.minorUnits === 0n) return "MISSING_EXTERNAL";
    if (internal.minorUnits !== 0n) return "AMOUNT";
    const isUnderWay = what === "taken" || payment.refundPending.minorUnits > 0n;
    return isUnderWay ? "WRONG_STATE" : "MISSING_INTERNAL";
  };
  const says = `${payment.status}, ${formatAmount(internal)} ${what}`;
  return [mismatch(payment, kind(), says, `${formatAmount(external)} ${what}`)];
}

/** What is held matters as long as it can still be taken. */
function compareHold(payment: Payment, { held, taken, released }: LedgerSums): Mismatch[] {
  const { status, authorized } = payment;
  const external = money(authorized.currency, held);
  if (status === "AUTHORIZED") {
    if (held === 0n && taken === 0n)
      return [mismatch(payment, "MISSING_EXTERNAL", saidHere(payment), "nothing")];
    if (released > 0n) return [mismatch(payment, "WRONG_STATE", status, "the hold was let go")];
    if (held !== authorized.minorUnits)
      return [
        mismatch(payment, "AMOUNT", `${formatAmount(authorized)} held`, `${formatAmount(external)} held`),
      ];
  }
  if (status === "VOIDED" && held > taken && released === 0n)
    return [mismatch(payment, "WRONG_STATE", status, `${formatAmount(external)} still held`)];
  return [];
}

function saidHere({ status, captured, authorized }: Payment): string {
  if (captured.minorUnits > 0n) return `${status}, ${formatAmount(captured)} taken`;
  return authorized.minorUnits > 0n ? `${status}, ${formatAmount(authorized)} held` : status;
}

function mismatch(payment: Payment, kind: MismatchKind, internal: string, external: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, internal, external, repaired: false };
}
