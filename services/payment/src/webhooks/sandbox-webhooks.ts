import { z } from "zod";
import { paymentFrom } from "../provider/sandbox-responses.ts";
import { codeShape } from "../provider/shapes.ts";
import { rejected, type WebhookSource } from "./webhook-source.ts";
import { signatureFault } from "./webhook-signature.ts";

/** The sandbox's webhooks, signed in the header `psp-signature`. */
export function sandboxWebhooks({ secret }: { readonly secret: string }): WebhookSource {
  return {
    provider: "sandbox",
    read({ headers, body, now }) {
      const header = headers["psp-signature"];
      const fault = signatureFault(typeof header === "string" ? header : undefined, { body, secret, now });
      if (fault) return rejected(fault);
      const { data: event } = webhook.safeParse(jsonFrom(body));
      if (!event) return rejected("WEBHOOK_MALFORMED");
      const { success, data: paymentId } = z.uuid().safeParse(event.data.payment.payment_id);
      // The provider's account may have other payments, whose ids need not be UUIDs.
      if (!success) return { kind: "irrelevant" };
      const shown = paymentFrom({ status: 200, json: event.data.payment }, { paymentId });
      return { kind: "notice", eventId: event.id, type: event.type, paymentId, shown };
    },
  };
}

function jsonFrom(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined; // no event has this shape
  }
}

const webhook = z.object({
  id: codeShape,
  type: codeShape,
  data: z.object({ payment: z.looseObject({ payment_id: z.string() }) }),
});
