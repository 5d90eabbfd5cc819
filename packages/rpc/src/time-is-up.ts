import { appError, AppError } from "./app-error.ts";
import type { Call } from "./call.ts";

const late = "the deadline passed before the answer was ready";

/** Tells a call's handler that its time is over, and answers the failure to tell its caller. */
export function timeIsUp(call: Call, message = late): AppError {
  call.abort();
  return appError("DEADLINE_EXCEEDED", message);
}

/** What a call failed of: no upstream is to blame that gave no answer once the caller's time was up, or it had gone. */
export function causeOf(error: unknown, call: Call): unknown {
  if (!(error instanceof AppError) || error.reason !== "UPSTREAM_UNAVAILABLE") return error;
  if (call.remainingMs <= earlyMs) return timeIsUp(call);
  return call.signal.aborted ? appError("CANCELLED", "the caller has gone", { cause: error }) : error;
}

/** By so much a timer may fire before the clock says that it is time: the one that ended the upstream's call. */
const earlyMs = 1;
