import { refuse } from "./app-error.ts";
import type { Call } from "./call.ts";

/** Tells a call's handler that its time is over, and answers the failure to tell its caller. */
export function timeIsUp(call: Call, message: string): unknown {
  call.abort();
  try {
    refuse("DEADLINE_EXCEEDED", message);
  } catch (error) {
    return error;
  }
}
