import { appError, AppError } from "./app-error.ts";
import type { Call } from "./call.ts";

const late = "the deadline passed before the response was ready";

/** Aborts a call whose deadline has passed, and returns the error for its caller. */
export function deadlineExceeded(call: Call, message = late): AppError {
  call.abort();
  return appError("DEADLINE_EXCEEDED", message);
}

/** Returns the cause of a failed call: not the upstream where the deadline has passed, or the caller has gone. */
export function causeOf(error: unknown, call: Call): unknown {
  if (!(error instanceof AppError) || error.reason !== "UPSTREAM_UNAVAILABLE") return error;
  if (call.remainingMs <= earlyMs) return deadlineExceeded(call);
  return call.signal.aborted ? appError("CANCELLED", "the caller has gone", { cause: error }) : error;
}

/** A timer, such as the one of the upstream call, may fire this early by the clock. */
const earlyMs = 1;
