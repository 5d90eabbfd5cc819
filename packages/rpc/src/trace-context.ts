import { randomHex } from "@till/ids";
import { isTracing } from "@till/tracing";

const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C traceparent for our part of a trace: the caller's trace with a span of ours, or a new trace. */
export function traceparentFor(incoming: string | undefined): string {
  if (!incoming || !traceparentPattern.test(incoming)) {
    return `00-${randomHex(16)}-${randomHex(8)}-00`;
  }
  // The spans of this process name the caller's as their parent.
  if (isTracing()) return incoming;
  return `${incoming.slice(0, 36)}${randomHex(8)}${incoming.slice(52)}`;
}
