/** Why a payment is refused; `retryable` says whether the same card may work later. */
export type Decline = { readonly code: string; readonly message: string; readonly retryable: boolean };

/**
 * How the provider behaves towards a payment token:
 * - `at-once`: it answers;
 * - `late`: it does the work at once and answers after a second;
 * - `lost-answer`: it does the work and leaves its caller without an answer, with everybody who repeats the key
 *   while that first caller waits; once the first caller has hung up, a repeat gets the result;
 * - `lost-request`: it never hears of the request: no answer, no money, nothing remembered, every time.
 */
export type Behaviour = {
  readonly delivery: "at-once" | "late" | "lost-answer" | "lost-request";
  readonly decline?: Decline;
  /** The line for people. */
  readonly says: string;
};

/** What a payment token makes the provider do. A card is never needed: the token is the scenario. */
export const magicTokens: ReadonlyMap<string, Behaviour> = new Map(
  Object.entries({
    tok_approve: { delivery: "at-once", says: "approved" },
    tok_decline: {
      delivery: "at-once",
      decline: { code: "insufficient_funds", message: "The card has too little money.", retryable: true },
      says: "declined softly: insufficient_funds, may work later",
    },
    tok_decline_hard: {
      delivery: "at-once",
      decline: { code: "stolen_card", message: "The card was reported stolen.", retryable: false },
      says: "declined for good: stolen_card",
    },
    tok_timeout_before_charge: {
      delivery: "lost-request",
      says: "no answer and no charge, on repeats too; GET of the payment is 404",
    },
    tok_timeout_after_charge: {
      delivery: "lost-answer",
      says: "charged without an answer; GET, or a repeat after hanging up, tells the result",
    },
    tok_slow: { delivery: "late", says: "approved; the answer takes 1 s" },
  } satisfies Record<string, Behaviour>),
);

/** The behaviour a token asks for; a token that is not in the table is declined. */
export function behaviourOf(token: string): Behaviour {
  return magicTokens.get(token) ?? unknownToken;
}

const unknownToken: Behaviour = {
  delivery: "at-once",
  decline: { code: "invalid_token", message: "There is no such payment token.", retryable: false },
  says: "declined for good: invalid_token",
};
