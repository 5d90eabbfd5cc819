import type { StatusObject } from "@grpc/grpc-js";
import type { Call } from "./call.ts";
import { statusFromError } from "./status.ts";

/**
 * The status of a call that failed, with the trailers that its handler has set. Never throws: an error that cannot be
 * encoded, such as one made from what another server wrote, is INTERNAL.
 */
export function failedStatus(error: unknown, call: Call): StatusObject {
  const status = encodedStatus(error, call);
  if (call.trailer) status.metadata.merge(call.trailer);
  return status;
}

function encodedStatus(error: unknown, { requestId }: Call): StatusObject {
  try {
    return statusFromError(error, requestId);
  } catch (failure) {
    return statusFromError(failure, requestId);
  }
}
