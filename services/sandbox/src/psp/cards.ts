/** A masked card. */
export type Card = {
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
};

/** The card of a token: the same card each time, different cards for different tokens. */
export function cardOf(token: string): Card {
  return cards[token.length % cards.length]!;
}

/** An expired card. */
export const expiredCard: Card = { brand: "visa", last4: "0069", exp_month: 1, exp_year: 2024 };

const cards: readonly Card[] = [
  { brand: "mastercard", last4: "4444", exp_month: 8, exp_year: 2033 },
  { brand: "amex", last4: "0005", exp_month: 3, exp_year: 2032 },
  { brand: "discover", last4: "1117", exp_month: 11, exp_year: 2035 },
  { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 },
];
