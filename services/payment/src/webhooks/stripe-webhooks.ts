import { Stripe } from "stripe";
import { z } from "zod";
import { codeShape } from "../provider/shapes.ts";
import {
  isStale,
  refused,
  type RefusalCode,
  type WebhookReading,
  type WebhookSource,
} from "./webhook-source.ts";

/** Stripe's webhooks, verified by Stripe's own library. */
export function stripeWebhooks({ secret }: { readonly secret: string }): WebhookSource {
  return {
    provider: "stripe",
    read({ headers, body, now }) {
      const header = headers["stripe-signature"];
      if (typeof header !== "string" || !header) return refused("SIGNATURE_MISSING");
      // The library takes the last of several times, and looks for old ones only: here there is just one to look at.
      const times = header.split(",").filter((part) => part.startsWith("t="));
      const signedAt = times.length === 1 ? Number(times[0]!.slice(2)) : NaN;
      if (!Number.isInteger(signedAt)) return refused("SIGNATURE_INVALID");
      const event = verified(header, body, secret);
      if (typeof event === "string") return refused(event);
      return isStale(signedAt, now) ? refused("SIGNATURE_STALE") : newsFrom(event);
    },
  };
}

function verified(header: string, body: Buffer, secret: string): Stripe.Event | RefusalCode {
  try {
    return Stripe.webhooks.constructEvent(body, header, secret, Number.MAX_SAFE_INTEGER);
  } catch (error) {
    // Anything else is thrown for a body that is no event, after its signature was found right.
    const isForged = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return isForged ? "SIGNATURE_INVALID" : "WEBHOOK_MALFORMED";
  }
}

function newsFrom(event: Stripe.Event): WebhookReading {
  const { data } = webhook.safeParse(event);
  if (!data) return refused("WEBHOOK_MALFORMED");
  const { success, data: paymentId } = z.uuid().safeParse(data.data.object.metadata?.payment_id);
  // The account is used for other things than our payments, too.
  return success ? { kind: "news", eventId: data.id, type: data.type, paymentId } : { kind: "irrelevant" };
}

const metadata = z.object({ payment_id: z.string().optional() });
const webhook = z.object({
  id: codeShape,
  type: codeShape,
  data: z.object({ object: z.object({ metadata: metadata.nullish() }) }),
});
