import { idempotencyKeyOf, requestIdFrom, traceparentFor } from "@till/rpc/server";
import { randomUUID } from "node:crypto";

/** Headers of a caller that a service receives. All others stay here, above all those that would name a caller. */
const passed = ["authorization", "tracestate"] as const;

/** What a header of gRPC may have; a value with anything else does not pass. */
const sendable = /^[\x20-\x7e]+$/;

/** Reads one header of a request. */
export type ReadHeader = (name: string) => string | null | undefined;

/** Of a request: its id, and the address that it comes from. */
type Source = { readonly requestId: string; readonly address: string };

/**
 * Returns the headers of the upstream call: those that pass, the request's id, the client's address, and its trace with a
 * span of ours. Throws IDEMPOTENCY_KEY_INVALID.
 */
export function forwardedHeaders(read: ReadHeader, { requestId, address }: Source): Record<string, string> {
  const headers: Record<string, string> = {
    "x-request-id": requestId,
    "x-forwarded-for": address,
    traceparent: traceparentFor(read("traceparent") ?? undefined),
  };
  const key = idempotencyKeyOf("", { idempotencyKey: read("idempotency-key") ?? undefined });
  if (key !== undefined) headers["idempotency-key"] = key;
  for (const name of passed) {
    const value = read(name);
    if (value && sendable.test(value)) headers[name] = value;
  }
  return headers;
}

/** The caller's x-request-id, or one of ours. */
export function requestIdOf(given: string | string[] | null | undefined): string {
  return requestIdFrom(typeof given === "string" ? given : undefined) ?? randomUUID();
}
