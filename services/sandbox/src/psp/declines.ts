/** Why money is refused; `retryable` says whether the same card may work later. */
export type Decline = { readonly code: string; readonly message: string; readonly retryable: boolean };

export type DeclineCode = keyof typeof reasons;

/** The refusal behind a code, as it goes to the client. */
export function declineOf(code: DeclineCode): Decline {
  const [retryable, message] = reasons[code];
  return { code, message, retryable };
}

const [soft, hard] = [true, false];

const reasons = {
  insufficient_funds: [soft, "The card has too little money."],
  do_not_honor: [soft, "The card's bank refused and says no more."],
  try_again_later: [soft, "The card's bank asks to try again later."],
  issuer_unavailable: [soft, "The card's bank cannot be reached."],
  authentication_failed: [soft, "The payer did not approve the payment."],
  stolen_card: [hard, "The card was reported stolen."],
  lost_card: [hard, "The card was reported lost."],
  expired_card: [hard, "The card is out of date."],
  fraudulent: [hard, "The payment looks fraudulent."],
  incorrect_cvc: [hard, "The card's security code is wrong."],
  invalid_token: [hard, "There is no such payment token."],
  expired_or_canceled_card: [hard, "The card that the money should go back to is closed."],
} as const satisfies Record<string, readonly [retryable: boolean, message: string]>;
