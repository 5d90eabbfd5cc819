import { Code } from "@connectrpc/connect";
import { AppError, type ErrorFacts } from "@till/rpc/errors";

/** Every failure of the payment service that callers may branch on, beside the shared ones (spec section 5). */
export const errorCodes = {
  PAYMENT_NOT_FOUND: Code.NotFound,
  ORDER_NOT_FOUND: Code.NotFound,
  PAYMENT_IN_PROGRESS: Code.FailedPrecondition,
  PAYMENT_DECLINED: Code.FailedPrecondition,
  PAYMENT_UNKNOWN: Code.Unavailable,
  ILLEGAL_TRANSITION: Code.FailedPrecondition,
  CAPTURE_EXCEEDS_AUTHORIZED: Code.FailedPrecondition,
  CURRENCY_MISMATCH: Code.FailedPrecondition,
  REFUND_EXCEEDS_CAPTURED: Code.FailedPrecondition,
  REFUND_DECLINED: Code.FailedPrecondition,
  PAYMENT_METHOD_NOT_FOUND: Code.NotFound,
  PAYMENT_METHOD_INVALID: Code.FailedPrecondition,
  PAYMENT_METHOD_LIMIT_REACHED: Code.FailedPrecondition,
  ENCRYPTION_NOT_CONFIGURED: Code.FailedPrecondition,
  RATE_LIMITED: Code.ResourceExhausted,
  RECONCILIATION_NOT_FOUND: Code.NotFound,
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
