/** Why a payment is declined; `retryable`: the same card may succeed later. */
export type Decline = { readonly code: string; readonly message: string; readonly retryable: boolean };

export type DeclineCode = keyof typeof reasons;

/** The decline with a code, as the API returns it. */
export function declineOf(code: DeclineCode): Decline {
  const [retryable, message] = reasons[code];
  return { code, message, retryable };
}

const [soft, hard] = [true, false];

const reasons = {
  insufficient_funds: [soft, "The card has too little money."],
  do_not_honor: [soft, "The issuer declined without a reason."],
  try_again_later: [soft, "The issuer asks to try again later."],
  issuer_unavailable: [soft, "The issuer cannot be reached."],
  authentication_failed: [soft, "The payer did not approve the payment."],
  stolen_card: [hard, "The card was reported stolen."],
  lost_card: [hard, "The card was reported lost."],
  expired_card: [hard, "The card is out of date."],
  fraudulent: [hard, "The payment looks fraudulent."],
  incorrect_cvc: [hard, "The card's security code is wrong."],
  invalid_token: [hard, "There is no such payment token."],
  expired_or_canceled_card: [hard, "The card that the money should go back to is closed."],
} as const satisfies Record<string, readonly [retryable: boolean, message: string]>;
