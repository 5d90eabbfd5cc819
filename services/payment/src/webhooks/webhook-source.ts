import type { IncomingHttpHeaders } from "node:http";
import type { ProviderState } from "../rules/provider-drift.ts";
import type { NamedPayment } from "../rules/provider.ts";

/** One provider's webhooks: verifies their signature and reads their payment. */
export type WebhookSource = {
  /** Name of the provider: the last segment of the path, and part of an event's key. */
  readonly provider: string;
  read(delivery: Delivery): WebhookReading;
};

/** A request with the body's bytes, which its signature covers. */
type Delivery = {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly now: Date;
};

export type WebhookReading = PaymentNotice | Irrelevant | WebhookRejection;

/** An event of a payment of Till's, named by one of its ids. The payment is synced by the provider's present state of it. */
export type PaymentNotice = NamedPayment & {
  readonly kind: "notice";
  readonly eventId: string;
  readonly type: string;
  /** The payment as the event shows it, if it does. */
  readonly shown?: ProviderState | undefined;
};

/** A valid event that is not about a payment of Till's. */
type Irrelevant = { readonly kind: "irrelevant" };

export type WebhookRejection = { readonly kind: "rejected"; readonly code: RejectionCode };

/** Why a webhook is rejected, with its HTTP status. */
export const rejectionStatus = {
  SIGNATURE_MISSING: 401,
  SIGNATURE_INVALID: 401,
  SIGNATURE_STALE: 401,
  WEBHOOK_MALFORMED: 400,
} as const;

export type RejectionCode = keyof typeof rejectionStatus;

/** Rejects a webhook. */
export function rejected(code: RejectionCode): WebhookRejection {
  return { kind: "rejected", code };
}

/** Largest difference between a signature's time and now, in either direction. */
const toleranceSeconds = 300;

/** Whether a signature's time is too far from now: the request may be a replay of a recorded one. */
export function isStale(signedAtSeconds: number, now: Date): boolean {
  return Math.abs(now.getTime() / 1000 - signedAtSeconds) > toleranceSeconds;
}
