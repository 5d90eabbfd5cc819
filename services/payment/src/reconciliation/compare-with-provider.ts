import { money, type Money } from "@till/money";
import { isUndecided, type Payment } from "../rules/payment.ts";
import { inWords, type Mismatch, type MismatchKind } from "./mismatch.ts";

/** What a provider's ledger says of one payment, all its entries summed up. In minor units. */
export type ProviderBook = {
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
export const noBook: ProviderBook = {
  currencies: [],
  held: 0n,
  taken: 0n,
  released: 0n,
  returned: 0n,
  repeats: 0,
};

/** Where a payment and the provider's ledger do not agree. One that is not settled yet need not be in the ledger. */
export function compareWithProvider(payment: Payment, book: ProviderBook): Mismatch[] {
  const { currency } = payment.amount;
  if (book.currencies.some((one) => one !== currency)) {
    return [mismatch(payment, "AMOUNT", `in ${currency}`, `in ${book.currencies.join(" and ")}`)];
  }
  const there = (minor: bigint) => money(currency, minor);
  if (book.repeats > 0) {
    const times = `${inWords(there(book.taken))} taken, ${inWords(there(book.returned))} given back`;
    return [mismatch(payment, "DUPLICATE", saidHere(payment), `${times}, some of it twice`)];
  }
  if (isUndecided(payment)) return compareUndecided(payment, book);
  return [
    ...compareSums(payment, "taken", payment.captured, there(book.taken)),
    ...compareSums(payment, "given back", payment.refunded, there(book.returned)),
    ...compareHold(payment, book),
  ];
}

function compareUndecided(payment: Payment, { held, taken }: ProviderBook): Mismatch[] {
  const moved = taken > 0n ? taken : held;
  if (moved === 0n) return [];
  const amount = money(payment.amount.currency, moved);
  const kind = moved === payment.amount.minorUnits ? "WRONG_STATE" : "AMOUNT";
  return [mismatch(payment, kind, saidHere(payment), `${inWords(amount)} ${taken > 0n ? "taken" : "held"}`)];
}

function compareSums(payment: Payment, what: "taken" | "given back", here: Money, there: Money): Mismatch[] {
  if (here.minorUnits === there.minorUnits) return [];
  const kind = (): MismatchKind => {
    if (there.minorUnits === 0n) return "MISSING_THERE";
    if (here.minorUnits !== 0n) return "AMOUNT";
    const isUnderWay = what === "taken" || payment.refunding.minorUnits > 0n;
    return isUnderWay ? "WRONG_STATE" : "MISSING_HERE";
  };
  const says = `${payment.status}, ${inWords(here)} ${what}`;
  return [mismatch(payment, kind(), says, `${inWords(there)} ${what}`)];
}

/** What is held matters as long as it can still be taken. */
function compareHold(payment: Payment, { held, taken, released }: ProviderBook): Mismatch[] {
  const { status, authorized } = payment;
  const there = money(authorized.currency, held);
  if (status === "AUTHORIZED") {
    if (held === 0n && taken === 0n)
      return [mismatch(payment, "MISSING_THERE", saidHere(payment), "nothing")];
    if (released > 0n) return [mismatch(payment, "WRONG_STATE", status, "the hold was let go")];
    if (held !== authorized.minorUnits)
      return [mismatch(payment, "AMOUNT", `${inWords(authorized)} held`, `${inWords(there)} held`)];
  }
  if (status === "VOIDED" && held > taken && released === 0n)
    return [mismatch(payment, "WRONG_STATE", status, `${inWords(there)} still held`)];
  return [];
}

function saidHere({ status, captured, authorized }: Payment): string {
  if (captured.minorUnits > 0n) return `${status}, ${inWords(captured)} taken`;
  return authorized.minorUnits > 0n ? `${status}, ${inWords(authorized)} held` : status;
}

function mismatch(payment: Payment, kind: MismatchKind, here: string, there: string): Mismatch {
  return { paymentId: payment.id, orderId: payment.orderId, kind, here, there, repaired: false };
}
