/** What may be shown of the card behind a token. */
export type Card = {
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
};

/** A believable card for a token: always the same one, and not the same one for every token. */
export function cardOf(token: string): Card {
  return cards[token.length % cards.length]!;
}

/** The card behind a token that is declined because it is out of date. */
export const expiredCard: Card = { brand: "visa", last4: "0069", exp_month: 1, exp_year: 2024 };

const cards: readonly Card[] = [
  { brand: "mastercard", last4: "4444", exp_month: 8, exp_year: 2033 },
  { brand: "amex", last4: "0005", exp_month: 3, exp_year: 2032 },
  { brand: "discover", last4: "1117", exp_month: 11, exp_year: 2035 },
  { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 },
];
