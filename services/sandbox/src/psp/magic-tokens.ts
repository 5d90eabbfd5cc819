import { cardOf, expiredCard, type Card } from "./cards.ts";
import { declineOf, type Decline, type DeclineCode } from "./declines.ts";

/**
 * What goes wrong with the response to a request:
 * - `delayMs`: the request is executed at once and answered later;
 * - `response-lost`: executed; the client gets no response, and neither does a repeat of the key until the first client has
 *   disconnected; after that a repeat gets the response;
 * - `never-answered`: executed, and neither the request nor a repeat gets a response;
 * - `connection-reset`: executed, and the connection is closed without a response; a repeat gets the response;
 * - `request-lost`: not executed and never answered, on repeats too.
 */
export type ResponseFault =
  { readonly delayMs: number } | "response-lost" | "never-answered" | "connection-reset" | "request-lost";

/** What goes wrong with a payment's webhooks; left out, each event is sent at once and once. */
type WebhookFault = "none" | "duplicated" | "delayed" | "before-response" | "out-of-order";

/** What the cardholder, or the merchant in the provider's dashboard, does after the payment; see follow-ups.ts. */
type FollowUp =
  | "dispute-opened"
  | "dispute-won"
  | "dispute-lost"
  | "dashboard-capture"
  | "dashboard-void"
  | "dashboard-refund";

/** How the provider behaves towards a payment token; a field that is left out means success. */
export type Behaviour = {
  /** For people. */
  readonly description: string;
  /** By request: the payment itself, and its captures, voids and refunds. */
  readonly faults?: { readonly [Request in "payment" | "capture" | "void" | "refund"]?: ResponseFault };
  readonly decline?: Decline;
  /** The payer has to approve first. */
  readonly needsAction?: true;
  /** The amount is one minor unit less than requested. */
  readonly short?: true;
  readonly refunds?: "pending" | "pending-then-failed" | "failed" | "succeeded-then-failed";
  readonly followUp?: FollowUp;
  readonly webhooks?: WebhookFault;
  readonly card?: Card;
};

/** The provider's behaviour by payment token. The token is the scenario: no card is needed. */
export const magicTokens: ReadonlyMap<string, Behaviour> = new Map(
  Object.entries({
    tok_approve: { description: "approved" },
    tok_50ms: { faults: { payment: { delayMs: 50 } }, description: "approved; the response takes 50 ms" },
    tok_slow: { faults: { payment: { delayMs: 1_000 } }, description: "approved; the response takes 1 s" },
    tok_requires_action: {
      needsAction: true,
      description: "waits for the payer at action_url, who approves or declines",
    },
    tok_wrong_amount: {
      short: true,
      description: "approved for one minor unit less than requested (never less than one)",
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
      faults: { payment: "request-lost" },
      description: "no response and no charge, on repeats too; GET of the payment is 404",
    },
    tok_timeout_after_charge: {
      faults: { payment: "response-lost" },
      webhooks: "none",
      description:
        "charged without a response or a webhook; GET, or a repeat after disconnecting, returns the result",
    },
    tok_reply_lost: {
      faults: { payment: "connection-reset" },
      description:
        "charged, and the connection closed without a response; GET or a repeat returns the result",
    },
    tok_capture_timeout: {
      faults: { capture: "response-lost" },
      description:
        "captures are executed without a response; GET, or a repeat after disconnecting, returns the result",
    },
    tok_void_timeout: {
      faults: { void: "response-lost" },
      description:
        "voids are executed without a response; GET, or a repeat after disconnecting, returns the result",
    },
    tok_refund_timeout: {
      faults: { refund: "response-lost" },
      description:
        "refunds are executed without a response; GET, or a repeat after disconnecting, returns the result",
    },

    tok_refund_pending: {
      refunds: "pending",
      description: "refunds are pending, and succeed after 2 s with a webhook",
    },
    tok_refund_pending_then_failed: {
      refunds: "pending-then-failed",
      description: "refunds are pending, and fail after 2 s with a webhook",
    },
    tok_refund_failed: {
      refunds: "failed",
      description: "refunds are declined at once: expired_or_canceled_card",
    },

    tok_refund_fails_later: {
      refunds: "succeeded-then-failed",
      description: "refunds succeed at once, and fail after 3 s with a webhook",
    },

    tok_dispute_opened: {
      followUp: "dispute-opened",
      description: "charged; after 2 s the cardholder opens a dispute, which stays open",
    },
    tok_dispute_won: {
      followUp: "dispute-won",
      description:
        "charged; after 2 s the cardholder opens a dispute, which the merchant wins after 2 s more",
    },
    tok_dispute_lost: {
      followUp: "dispute-lost",
      description:
        "charged; after 2 s the cardholder opens a dispute, which the merchant loses after 2 s more",
    },
    tok_dashboard_capture: {
      followUp: "dashboard-capture",
      description: "an authorization is captured in full after 2 s in the provider's dashboard",
    },
    tok_dashboard_void: {
      followUp: "dashboard-void",
      description: "an authorization is voided after 2 s in the provider's dashboard",
    },
    tok_dashboard_refund: {
      followUp: "dashboard-refund",
      description: "captured money is refunded in full after 2 s in the provider's dashboard",
    },

    tok_webhook_duplicate: { webhooks: "duplicated", description: "each webhook is sent 5 times" },
    tok_webhook_late: { webhooks: "delayed", description: "each webhook is sent after 3 s" },
    tok_webhook_early: {
      webhooks: "before-response",
      description: "each webhook is delivered before the response, within 1 s at most",
    },
    tok_webhook_out_of_order: {
      webhooks: "out-of-order",
      description:
        "payment.succeeded or .authorized is sent after the next webhook of the payment, or after 10 s",
    },
    tok_webhook_only: {
      faults: { payment: "never-answered" },
      description:
        "charged without a response, on repeats too; the webhook is sent, and GET returns the result",
    },
  } satisfies Record<string, Behaviour>),
);

/** The behaviour of a token; an unknown token is declined as invalid_token. */
export function behaviourOf(token: string): Behaviour {
  return magicTokens.get(token) ?? unknownToken;
}

/** The card behind a token; undefined for an unknown token. */
export function cardBehind(token: string): Card | undefined {
  const known = magicTokens.get(token);
  return known && (known.card ?? cardOf(token));
}

const unknownToken: Behaviour = declined("invalid_token");

function declined(code: DeclineCode): Behaviour {
  const decline = declineOf(code);
  const description = decline.retryable ? `soft decline: ${code}, retryable` : `hard decline: ${code}`;
  return { decline, description };
}
