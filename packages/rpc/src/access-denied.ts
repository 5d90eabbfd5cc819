import { AppError } from "./app-error.ts";

/** The reasons by which a caller is denied access. */
const reasons = new Set(["UNAUTHENTICATED", "PERMISSION_DENIED", "RATE_LIMITED", "CARD_NUMBER_REFUSED"]);

/** Whether a call failed because its caller was denied access, which an audit records. */
export function isAccessDenied(error: unknown): error is AppError {
  return error instanceof AppError && (error.facts.deniesAccess === true || reasons.has(error.reason));
}
