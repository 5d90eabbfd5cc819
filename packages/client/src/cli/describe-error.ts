import type { TillError } from "../till-error.ts";
import { aligned } from "./layout.ts";

/** The lines that tell a person of a failed call, and what to do about it. */
export function describeError(error: TillError): string[] {
  const { reason, message, metadata, violations, retryAfterMs, requestId } = error;
  const facts: [string, string][] = [
    ...violations.map(({ field, description }) => [field, description] as [string, string]),
    ...Object.entries(metadata as Readonly<Record<string, string>>),
    ...(retryAfterMs === undefined
      ? []
      : [["try again after", `${retryAfterMs / 1000} s`] as [string, string]]),
    ...(requestId === undefined ? [] : [["request", requestId] as [string, string]]),
  ];
  const hint = hints[error.code];
  return [
    `till: ${reason}: ${message}`,
    ...aligned(facts).map((line) => `  ${line}`),
    ...(hint ? [hint] : []),
  ];
}

const hints: Readonly<Partial<Record<TillError["code"], string>>> = {
  UNAUTHENTICATED: "Run `till login`, or give a token by --token or TILL_TOKEN.",
  UNAVAILABLE:
    "Are the services running? --order-address and --payment-address (TILL_ORDER_ADDRESS, TILL_PAYMENT_ADDRESS) say where.",
};
