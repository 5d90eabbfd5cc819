import { Code } from "@connectrpc/connect";
import { AppError, type ErrorFacts } from "@till/rpc";

/** Every failure of the payment service that callers may branch on, beside the shared ones (spec section 5). */
export const errorCodes = {
  PAYMENT_NOT_FOUND: Code.NotFound,
  ORDER_NOT_FOUND: Code.NotFound,
  PAYMENT_IN_PROGRESS: Code.FailedPrecondition,
  PAYMENT_DECLINED: Code.FailedPrecondition,
  PAYMENT_UNKNOWN: Code.Unavailable,
  ILLEGAL_TRANSITION: Code.FailedPrecondition,
} as const satisfies Record<string, Code>;

export type Reason = keyof typeof errorCodes;

/** Throws a failure the caller is meant to see. */
export function fail(reason: Reason, message: string, metadata: Record<string, string> = {}): never {
  throw failure(reason, message, { metadata });
}

/** The same, not thrown. */
export function failure(reason: Reason, message: string, facts: ErrorFacts = {}): AppError {
  return new AppError(reason, errorCodes[reason], message, facts);
}
