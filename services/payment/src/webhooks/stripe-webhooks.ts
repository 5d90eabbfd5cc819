import { Stripe } from "stripe";
import { z } from "zod";
import { codeShape } from "../provider/shapes.ts";
import { outcomeOf, readIntent } from "../provider/stripe/stripe-intent.ts";
import type { ProviderState } from "../rules/provider-drift.ts";
import type { NamedPayment } from "../rules/provider.ts";
import {
  isStale,
  rejected,
  type RejectionCode,
  type WebhookReading,
  type WebhookSource,
} from "./webhook-source.ts";

/** Stripe's webhooks, verified by Stripe's own library. */
export function stripeWebhooks({ secret }: { readonly secret: string }): WebhookSource {
  return {
    provider: "stripe",
    read({ headers, body, now }) {
      const header = headers["stripe-signature"];
      if (typeof header !== "string" || !header) return rejected("SIGNATURE_MISSING");
      // Of several times the library takes the last and checks only for old ones, so just one is allowed.
      const times = header.split(",").filter((part) => part.startsWith("t="));
      const signedAt = times.length === 1 ? Number(times[0]!.slice(2)) : NaN;
      if (!Number.isInteger(signedAt)) return rejected("SIGNATURE_INVALID");
      const event = verified(header, body, secret);
      if (typeof event === "string") return rejected(event);
      return isStale(signedAt, now) ? rejected("SIGNATURE_STALE") : noticeFrom(event);
    },
  };
}

function verified(header: string, body: Buffer, secret: string): Stripe.Event | RejectionCode {
  try {
    return Stripe.webhooks.constructEvent(body, header, secret, Number.MAX_SAFE_INTEGER);
  } catch (error) {
    // The library throws anything else for a body that is no event, after it has verified the signature.
    const isForged = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return isForged ? "SIGNATURE_INVALID" : "WEBHOOK_MALFORMED";
  }
}

function noticeFrom(event: Stripe.Event): WebhookReading {
  const { data } = webhook.safeParse(event);
  if (!data) return rejected("WEBHOOK_MALFORMED");
  const about = paymentOf(data);
  // The account may have other objects than Till's payments.
  if (!about) return { kind: "irrelevant" };
  return { kind: "notice", eventId: data.id, type: data.type, ...about, shown: shownBy(event, about) };
}

/** The payment as an event of its PaymentIntent shows it, without refunds and disputes. Other objects show a part of it. */
function shownBy({ data: { object } }: Stripe.Event, { paymentId }: NamedPayment): ProviderState | undefined {
  const isIntent = "object" in object && object.object === "payment_intent";
  return isIntent && paymentId !== undefined ? outcomeOf(readIntent(object, { paymentId })) : undefined;
}

/** Events of objects without Till's metadata: the bank, Stripe or the merchant in the dashboard has made them. */
const madeByOthers = /^(charge\.dispute|charge\.refund|refund|review|radar\.early_fraud_warning)\./;

function paymentOf({ type, data }: z.output<typeof webhook>): NamedPayment | undefined {
  const { metadata, payment_intent: intent } = data.object;
  const { success, data: paymentId } = z.uuid().safeParse(metadata?.payment_id);
  if (success) return { paymentId };
  const transactionId = typeof intent === "object" ? intent?.id : intent;
  return madeByOthers.test(type) && transactionId ? { transactionId } : undefined;
}

const eventObject = z.object({
  metadata: z.object({ payment_id: z.string().optional() }).nullish(),
  payment_intent: z.union([codeShape, z.object({ id: codeShape })]).nullish(),
});
const webhook = z.object({ id: codeShape, type: codeShape, data: z.object({ object: eventObject }) });
