import { exponentOf, money, type Money } from "@till/money";

/**
 * Decimals of the currencies that Stripe counts otherwise than ISO 4217, from "special cases" and "zero-decimal
 * currencies" of https://docs.stripe.com/currencies: the króna and the Ugandan shilling have none and are counted in
 * hundredths, always whole; the ariary is counted whole. The forint and the Taiwan dollar are special in payouts alone.
 */
const exponents: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Returns an amount in Stripe's units; undefined if the currency is unsupported or the amount not exact there. */
export function toStripeAmount({ currency, minorUnits }: Money): number | undefined {
  const shift = shiftOf(currency);
  if (shift === undefined) return undefined;
  // Cards know two decimals at most: of three, the last is a nought.
  if (exponentOf(currency) === 3 && minorUnits % 10n !== 0n) return undefined;
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift >= 0) return Number(minorUnits * factor);
  return minorUnits % factor === 0n ? Number(minorUnits / factor) : undefined;
}

/** Returns the Money of an amount in Stripe's units; undefined if currency or amount is invalid. */
export function moneyFromStripe(stripeCurrency: string, amount: number): Money | undefined {
  const currency = stripeCurrency.toUpperCase();
  try {
    const shift = shiftOf(currency);
    if (shift === undefined) return undefined;
    const factor = 10n ** BigInt(Math.abs(shift));
    const units = BigInt(amount);
    if (shift <= 0) return money(currency, units * factor);
    return units % factor === 0n ? money(currency, units / factor) : undefined;
  } catch {
    return undefined; // an unknown currency, or an amount that is not an integer
  }
}

/** The number of decimals by which Stripe's units are finer than ISO 4217's; negative if they are coarser. */
function shiftOf(currency: string): number | undefined {
  const ours = exponentOf(currency);
  return ours > 3 ? undefined : (exponents[currency] ?? ours) - ours;
}
