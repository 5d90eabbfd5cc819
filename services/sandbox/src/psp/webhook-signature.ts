import { createHmac } from "node:crypto";

/** The `psp-signature` of a webhook: over the time and the raw body, so that neither can be changed nor kept. */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
