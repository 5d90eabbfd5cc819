import { cardOf, expiredCard, type Card } from "./cards.ts";
import { declineOf, type Decline, type DeclineCode } from "./declines.ts";

/**
 * How a request is carried out and its answer brought:
 * - `at-once`: it is answered;
 * - `lateMs`: it is carried out at once and answered later;
 * - `lost-answer`: it is carried out and leaves its caller without an answer, with everybody who repeats the key
 *   while that first caller waits; once the first caller has hung up, a repeat gets the result;
 * - `no-answer`: it is carried out and never answered, on repeats neither;
 * - `cut-off`: it is carried out and the connection closed without an answer; a repeat gets the result;
 * - `lost-request`: the provider never hears of it: no answer, no money, nothing remembered, every time.
 */
export type Delivery =
  "at-once" | { readonly lateMs: number } | "lost-answer" | "no-answer" | "cut-off" | "lost-request";

/** How news of a payment travels by webhook; without it each piece of news is sent at once and once. */
export type NewsTravel = "not-at-all" | "five-times" | "late" | "before-answer" | "out-of-order";

/** How the provider behaves towards a payment token; what is left out goes well. */
export type Behaviour = {
  /** The line for people. */
  readonly says: string;
  /** How a request for the payment itself is answered, and how its captures, voids and refunds are. */
  readonly answers?: { readonly [Request in "payment" | "capture" | "void" | "refund"]?: Delivery };
  readonly decline?: Decline;
  /** The payer has to approve first. */
  readonly needsAction?: true;
  /** One minor unit is missing. */
  readonly short?: true;
  readonly refunds?: "pending" | "pending-then-failed" | "failed";
  readonly news?: NewsTravel;
  readonly card?: Card;
};

/** What a payment token makes the provider do. A card is never needed: the token is the scenario. */
export const magicTokens: ReadonlyMap<string, Behaviour> = new Map(
  Object.entries({
    tok_approve: { says: "approved" },
    tok_50ms: { answers: { payment: { lateMs: 50 } }, says: "approved; the answer takes 50 ms" },
    tok_slow: { answers: { payment: { lateMs: 1_000 } }, says: "approved; the answer takes 1 s" },
    tok_requires_action: {
      needsAction: true,
      says: "waits for the payer at action_url, who approves or declines",
    },
    tok_wrong_amount: {
      short: true,
      says: "approved, but one minor unit less than asked for (never less than one)",
    },

    tok_decline: declined("insufficient_funds"),
    tok_decline_hard: declined("stolen_card"),
    tok_decline_insufficient_funds: declined("insufficient_funds"),
    tok_decline_do_not_honor: declined("do_not_honor"),
    tok_decline_try_again_later: declined("try_again_later"),
    tok_decline_issuer_unavailable: declined("issuer_unavailable"),
    tok_decline_stolen_card: declined("stolen_card"),
    tok_decline_lost_card: declined("lost_card"),
    tok_decline_expired_card: { ...declined("expired_card"), card: expiredCard },
    tok_decline_fraudulent: declined("fraudulent"),
    tok_decline_incorrect_cvc: declined("incorrect_cvc"),

    tok_timeout_before_charge: {
      answers: { payment: "lost-request" },
      says: "no answer and no charge, on repeats too; GET of the payment is 404",
    },
    tok_timeout_after_charge: {
      answers: { payment: "lost-answer" },
      news: "not-at-all",
      says: "charged without an answer or a webhook; GET, or a repeat after hanging up, tells the result",
    },
    tok_reply_lost: {
      answers: { payment: "cut-off" },
      says: "charged, and the connection closed without an answer; GET or a repeat tells the result",
    },
    tok_capture_timeout: {
      answers: { capture: "lost-answer" },
      says: "captures are carried out without an answer; GET, or a repeat after hanging up, tells the result",
    },
    tok_void_timeout: {
      answers: { void: "lost-answer" },
      says: "voids are carried out without an answer; GET, or a repeat after hanging up, tells the result",
    },
    tok_refund_timeout: {
      answers: { refund: "lost-answer" },
      says: "refunds are carried out without an answer; GET, or a repeat after hanging up, tells the result",
    },

    tok_refund_pending: {
      refunds: "pending",
      says: "refunds are pending, and succeed after 2 s with a webhook",
    },
    tok_refund_pending_then_failed: {
      refunds: "pending-then-failed",
      says: "refunds are pending, and fail after 2 s with a webhook",
    },
    tok_refund_failed: { refunds: "failed", says: "refunds are declined at once: expired_or_canceled_card" },

    tok_webhook_duplicate: { news: "five-times", says: "each webhook is sent 5 times" },
    tok_webhook_late: { news: "late", says: "each webhook is sent after 3 s" },
    tok_webhook_early: {
      news: "before-answer",
      says: "each webhook is delivered before the answer, if it is in 1 s",
    },
    tok_webhook_out_of_order: {
      news: "out-of-order",
      says: "payment.succeeded or .authorized is sent after the next webhook of the payment, or after 10 s",
    },
    tok_webhook_only: {
      answers: { payment: "no-answer" },
      says: "charged and never answered, on repeats neither; the webhook comes, and GET tells the result",
    },
  } satisfies Record<string, Behaviour>),
);

/** The behaviour a token asks for; a token that is not in the table is declined. */
export function behaviourOf(token: string): Behaviour {
  return magicTokens.get(token) ?? unknownToken;
}

/** The card behind a token; none where the token is not in the table. */
export function cardBehind(token: string): Card | undefined {
  const known = magicTokens.get(token);
  return known && (known.card ?? cardOf(token));
}

const unknownToken: Behaviour = declined("invalid_token");

function declined(code: DeclineCode): Behaviour {
  const decline = declineOf(code);
  const says = decline.retryable ? `declined softly: ${code}, may work later` : `declined for good: ${code}`;
  return { decline, says };
}
