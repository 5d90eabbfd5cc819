import { randomBytes } from "node:crypto";

const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C traceparent for our part of a trace: the caller's trace with a span of ours, or a new trace. */
export function traceparentFor(incoming: string | undefined): string {
  if (!incoming || !traceparentPattern.test(incoming)) {
    const ids = randomBytes(24).toString("hex");
    return `00-${ids.slice(0, 32)}-${ids.slice(32)}-00`;
  }
  return `${incoming.slice(0, 36)}${randomBytes(8).toString("hex")}${incoming.slice(52)}`;
}
