import { AppError } from "./app-error.ts";

/** The failures that say: not you, not this, not so often. */
const reasons = new Set(["UNAUTHENTICATED", "PERMISSION_DENIED", "RATE_LIMITED", "CARD_NUMBER_REFUSED"]);

/** Whether a call failed because its caller was refused access, which an audit must know of. */
export function isRefusedAccess(error: unknown): error is AppError {
  return error instanceof AppError && (error.facts.deniesAccess === true || reasons.has(error.reason));
}
