import type { StatusObject } from "@grpc/grpc-js";
import type { Call } from "./call.ts";
import { statusFromError } from "./status.ts";

/** The status of a call that failed, with the trailers that its handler has set. */
export function failedStatus(error: unknown, call: Call): StatusObject {
  const status = statusFromError(error, call.requestId);
  if (call.trailer) status.metadata.merge(call.trailer);
  return status;
}
