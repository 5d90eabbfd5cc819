import { createHmac } from "node:crypto";

/** The `psp-signature` header: an HMAC over time and raw body, against forgery and replay. */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
