import { exponentOf, money, type Money } from "@till/money";

/**
 * Currencies whose units at Stripe are not those of ISO 4217: the króna in hundredths, the ariary in whole ones.
 * Stripe's documentation of the Ugandan shilling contradicts itself by a factor of a hundred, so UGX is unsupported.
 */
const exponents: Readonly<Record<string, number>> = { ISK: 2, MGA: 0 };
const unsupported = new Set(["UGX"]);

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
  return unsupported.has(currency) || ours > 3 ? undefined : (exponents[currency] ?? ours) - ours;
}
