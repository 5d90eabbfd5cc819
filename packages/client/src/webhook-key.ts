import { WebhookError } from "./webhook-error.ts";

type Key = Parameters<typeof crypto.subtle.verify>[1];

/**
 * The key of a secret, which is base64, with or without the prefix by which it is recognised. Throws SECRET_INVALID.
 */
export async function webhookKey(secret: string): Promise<Key> {
  const bytes = bytesFromBase64(secret.replace(/^whsec_/, ""));
  if (!bytes || bytes.length === 0) throw new WebhookError("SECRET_INVALID", "a secret is whsec_ and base64");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

/** What a signature is of. */
export function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = new TextEncoder().encode(`${id}.${timestamp}.`);
  const both = new Uint8Array(first.length + body.length);
  both.set(first);
  both.set(body, first.length);
  return both;
}

/** The bytes of a base64 text, or undefined for what is none. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // not a whole number of bytes
  }
}
