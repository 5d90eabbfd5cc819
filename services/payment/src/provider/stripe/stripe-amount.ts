import { exponentOf, money, type Money } from "@till/money";

/**
 * Where Stripe counts in other units than ISO 4217: the króna in hundredths it no longer has, the ariary in whole
 * ones. What Stripe says of the Ugandan shilling contradicts itself by a factor of a hundred, so it is not charged.
 */
const exponents: Readonly<Record<string, number>> = { ISK: 2, MGA: 0 };
const refused = new Set(["UGX"]);

/** An amount as Stripe counts it; undefined where Stripe does not take it to the last unit. */
export function toStripeAmount({ currency, minorUnits }: Money): number | undefined {
  const shift = shiftOf(currency);
  if (shift === undefined) return undefined;
  // Cards know two decimals at most: of three, the last is a nought.
  if (exponentOf(currency) === 3 && minorUnits % 10n !== 0n) return undefined;
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift >= 0) return Number(minorUnits * factor);
  return minorUnits % factor === 0n ? Number(minorUnits / factor) : undefined;
}

/** An amount that Stripe states, in ours; undefined where it is none. */
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
    return undefined; // no currency or no amount: whoever asks does not understand the answer it is part of
  }
}

/** By how many decimals Stripe's units are finer than ours. */
function shiftOf(currency: string): number | undefined {
  const ours = exponentOf(currency);
  return refused.has(currency) || ours > 3 ? undefined : (exponents[currency] ?? ours) - ours;
}
