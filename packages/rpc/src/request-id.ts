import { hasCardNumber } from "@till/telemetry";

/** Returns a caller's x-request-id if it can be logged and audited: visible ASCII, and without a card number. */
export function requestIdFrom(given: string | undefined): string | undefined {
  return given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given) && !hasCardNumber(given)
    ? given
    : undefined;
}
