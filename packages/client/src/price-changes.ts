import type { TillError } from "./till-error.ts";

/** A price that differs from the one that the buyer was shown, as PRICE_CHANGED reports it. */
export type RejectedPrice = {
  /** Index of the line in the request, from 0. Undefined: the total. */
  readonly itemIndex: number | undefined;
  /** The price of the request, as a decimal text. */
  readonly expected: string;
  /** The price now, as a decimal text. */
  readonly current: string;
};

/**
 * Returns which prices have changed, so that they can be shown and confirmed.
 *
 * ```ts
 * if (isTillError(error, "PRICE_CHANGED"))
 *   for (const { itemIndex, expected, current } of priceChangesOf(error)) …
 * ```
 */
export function priceChangesOf({ metadata }: TillError<"PRICE_CHANGED">): RejectedPrice[] {
  const facts = metadata as Readonly<Record<string, string>>;
  return Object.entries(facts).flatMap(([name, expected]) => {
    const [, subject, index] = /^(total|items\[(\d+)\])\.expected$/.exec(name) ?? [];
    const current = facts[`${subject}.current`];
    if (current === undefined) return [];
    return [{ itemIndex: index === undefined ? undefined : Number(index), expected, current }];
  });
}
