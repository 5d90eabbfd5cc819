import { createHmac, timingSafeEqual } from "node:crypto";
import { isStale, type RejectionCode } from "./webhook-source.ts";

/**
 * Returns why a signature such as `t=<unix s>,v1=<hex>,v1=<hex>` is not valid for a body; undefined if it is. While a
 * provider rotates its secret it signs with both, and one valid signature is enough.
 */
export function signatureFault(
  header: string | undefined,
  signed: { readonly body: Buffer; readonly secret: string; readonly now: Date },
): RejectionCode | undefined {
  if (!header) return "SIGNATURE_MISSING";
  const { time, signatures } = parse(header);
  if (time === undefined || signatures.length === 0) return "SIGNATURE_INVALID";
  const expected = createHmac("sha256", signed.secret).update(`${time}.`).update(signed.body).digest();
  if (!signatures.some((signature) => isEqual(expected, signature))) return "SIGNATURE_INVALID";
  return isStale(Number(time), signed.now) ? "SIGNATURE_STALE" : undefined;
}

/** Signatures that are compared at most. */
const mostSignatures = 8;

function parse(header: string): { readonly time: string | undefined; readonly signatures: string[] } {
  const parts = header.split(",").map((part) => part.trim());
  const time = parts.find((part) => /^t=\d{1,12}$/.test(part))?.slice(2);
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/i.test(part)).map((part) => part.slice(3));
  return { time, signatures: signatures.slice(0, mostSignatures) };
}

function isEqual(expected: Buffer, hex: string): boolean {
  return timingSafeEqual(expected, Buffer.from(hex, "hex"));
}
