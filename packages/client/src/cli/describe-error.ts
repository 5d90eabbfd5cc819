import type { TillError } from "../till-error.ts";
import { hintOf } from "./hints.ts";
import { aligned } from "./layout.ts";

/** The lines that tell a person of a failed call, and what to do about it. */
export function describeError(error: TillError): string[] {
  const { reason, message, violations, retryAfterMs, requestId } = error;
  const metadata = error.metadata as Readonly<Record<string, string>>;
  const facts: [string, string][] = [
    ...violations.map(({ field, description }) => [field, description] as [string, string]),
    ...Object.entries(metadata),
    ...(retryAfterMs === undefined
      ? []
      : [["try again after", `${retryAfterMs / 1000} s`] as [string, string]]),
    ...(requestId === undefined ? [] : [["request", requestId] as [string, string]]),
  ];
  return [`till: ${reason}: ${message}`, ...aligned(facts).map((line) => `  ${line}`), hintOf(error)];
}

/** The same as one line of JSON. */
export function errorAsJson(error: TillError): string {
  const { reason, code, message, metadata, violations, retryAfterMs, requestId } = error;
  const facts = { metadata, violations, retryAfterMs, requestId, hint: hintOf(error) };
  return JSON.stringify({ error: { reason, code, message, ...facts } });
}
