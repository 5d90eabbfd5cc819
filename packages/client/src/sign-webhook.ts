import { signedContent, webhookKey } from "./webhook-key.ts";

/** A webhook to sign. */
export type UnsignedWebhook = {
  /** The same for each repeat of a delivery. */
  readonly id: string;
  /** The body, byte for byte as it is sent. */
  readonly body: string | Uint8Array;
  /** Left out: now. */
  readonly timestamp?: Date | undefined;
};

/** The headers of Standard Webhooks. */
export type SignedHeaders = Readonly<
  Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>
>;

/**
 * Signs a webhook as Till does, so that your tests can send some to your own handler.
 *
 * ```ts
 * const body = JSON.stringify({ type: "order.confirmed", timestamp: new Date(), data: { orderId: "…" } });
 * const headers = await signWebhook({ id: "evt-1", body }, secret);
 * await fetch("http://localhost:3000/till", { method: "POST", headers, body });
 * ```
 */
export async function signWebhook(
  { id, body, timestamp = new Date() }: UnsignedWebhook,
  secret: string,
): Promise<SignedHeaders> {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const key = await webhookKey(secret);
  const signature = await crypto.subtle.sign("HMAC", key, signedContent(id, seconds, bytes));
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`,
  };
}
