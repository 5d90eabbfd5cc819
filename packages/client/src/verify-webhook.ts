import { WebhookError } from "./webhook-error.ts";
import { bytesFromBase64, signedContent, webhookKey } from "./webhook-key.ts";

/** A webhook of which the signature holds. */
export type WebhookMessage = {
  /** The same for each repeat of a delivery: handle an id once. */
  readonly id: string;
  /** When this attempt was sent. */
  readonly timestamp: Date;
  /** The body, parsed. */
  readonly payload: unknown;
};

/** Headers of a request, as fetch, Node and the frameworks on it have them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Options of `verifyWebhook`. */
export type VerifyOptions = {
  /** How far the timestamp may be from now, either side, in seconds. Left out: 300. */
  readonly toleranceSeconds?: number | undefined;
  /** The time now, in epoch milliseconds. Left out: the clock's. */
  readonly now?: (() => number) | undefined;
};

/**
 * Verifies a webhook by Standard Webhooks and returns it. While a secret is rotated, pass both. Throws a WebhookError.
 * It needs the body as it came, byte for byte: parsed and printed again it has another signature.
 *
 * ```ts
 * app.post("/till", express.raw({ type: "*\/*" }), async (request, response) => {
 *   const { id, payload } = await verifyWebhook(request.headers, request.body, process.env.TILL_WEBHOOK_SECRET);
 *   …
 * });
 * ```
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  rawBody: string | Uint8Array,
  secrets: string | readonly string[],
  { toleranceSeconds = 300, now = Date.now }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const id = requiredHeader(headers, "webhook-id");
  const timestamp = requiredHeader(headers, "webhook-timestamp");
  const signatures = requiredHeader(headers, "webhook-signature");
  const sentAt = requireRecent(timestamp, toleranceSeconds, now());
  const body = typeof rawBody === "string" ? new TextEncoder().encode(rawBody) : rawBody;
  const signed = signedContent(id, timestamp, body);
  const keys = await Promise.all([secrets].flat().map(webhookKey));
  if (keys.length === 0) throw new WebhookError("SECRET_INVALID", "there is no secret to verify with");
  if (!(await isSigned(signed, signatures, keys)))
    throw new WebhookError("SIGNATURE_MISMATCH", "no signature is of one of the secrets");
  return { id, timestamp: sentAt, payload: parsed(body) };
}

type Key = Awaited<ReturnType<typeof webhookKey>>;

function requiredHeader(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headerOf(headers, name);
  if (value === null || value === undefined || value === "")
    throw new WebhookError("HEADERS_MISSING", `the request has no header ${name}`);
  return value;
}

function headerOf(headers: Exclude<WebhookHeaders, Headers>, name: string): string | undefined {
  const value = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  return typeof value === "string" || value === undefined ? value : value.join(" ");
}

function requireRecent(timestamp: string, toleranceSeconds: number, nowMs: number): Date {
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookError("TIMESTAMP_INVALID", "webhook-timestamp is not a number of seconds");
  const age = nowMs / 1000 - Number(timestamp);
  if (age > toleranceSeconds) throw new WebhookError("TIMESTAMP_TOO_OLD", "the webhook is too old");
  if (age < -toleranceSeconds)
    throw new WebhookError("TIMESTAMP_TOO_NEW", "the webhook is of the future: compare the clocks");
  return new Date(Number(timestamp) * 1000);
}

/** Compares in constant time, since WebCrypto does. Signatures of other versions than v1 are passed over. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  keys: readonly Key[],
): Promise<boolean> {
  const ofVersion1 = signatures.split(" ").flatMap((entry) => {
    const bytes = entry.startsWith("v1,") ? bytesFromBase64(entry.slice("v1,".length)) : undefined;
    return bytes ? [bytes] : [];
  });
  for (const key of keys)
    for (const signature of ofVersion1)
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
  return false;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new WebhookError("BODY_INVALID", "the body is signed, and is not JSON");
  }
}
