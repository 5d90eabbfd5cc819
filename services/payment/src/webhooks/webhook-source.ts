import type { IncomingHttpHeaders } from "node:http";

/** One provider's webhooks: it knows which are the provider's own and what they are about. */
export type WebhookSource = {
  /** The last part of the path they are posted to, and part of what their events are known by. */
  readonly provider: string;
  read(delivery: Delivery): WebhookReading;
};

/** A request as it came, to the byte: its signature is over those. */
export type Delivery = {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly now: Date;
};

export type WebhookReading = News | Irrelevant | WebhookRefusal;

/** Something has happened to one of our payments. What, is for the provider to say when it is asked. */
export type News = {
  readonly kind: "news";
  readonly eventId: string;
  readonly type: string;
  readonly paymentId: string;
};

/** The provider's own word, about nothing of ours. */
export type Irrelevant = { readonly kind: "irrelevant" };

export type WebhookRefusal = { readonly kind: "refused"; readonly code: RefusalCode };

/** Why a webhook is turned away, with the HTTP status that says so. */
export const refusalStatus = {
  SIGNATURE_MISSING: 401,
  SIGNATURE_INVALID: 401,
  SIGNATURE_STALE: 401,
  WEBHOOK_MALFORMED: 400,
} as const;

export type RefusalCode = keyof typeof refusalStatus;

/** The refusal of a webhook. */
export function refused(code: RefusalCode): WebhookRefusal {
  return { kind: "refused", code };
}

/** How far a signature's time may be from ours, both ways. */
export const toleranceSeconds = 300;

/** What was signed too long ago may be somebody's recording; what claims to come from the future is as suspect. */
export function isStale(signedAtSeconds: number, now: Date): boolean {
  return Math.abs(now.getTime() / 1000 - signedAtSeconds) > toleranceSeconds;
}
