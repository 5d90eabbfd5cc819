import { Code, errorTable, type AppError } from "@till/rpc/errors";

/** Builds an error that callers may branch on: a reason of the payment service, or one that every service shares. */
export const appError = errorTable({
  PAYMENT_NOT_FOUND: Code.NotFound,
  ORDER_NOT_FOUND: Code.NotFound,
  PAYMENT_IN_PROGRESS: Code.FailedPrecondition,
  PAYMENT_DECLINED: Code.FailedPrecondition,
  PAYMENT_UNKNOWN: Code.Unavailable,
  ILLEGAL_TRANSITION: Code.FailedPrecondition,
  CAPTURE_EXCEEDS_AUTHORIZED: Code.FailedPrecondition,
  CURRENCY_MISMATCH: Code.FailedPrecondition,
  REFUND_EXCEEDS_CAPTURED: Code.FailedPrecondition,
  PAYMENT_DISPUTED: Code.FailedPrecondition,
  REFUND_DECLINED: Code.FailedPrecondition,
  PAYMENT_METHOD_NOT_FOUND: Code.NotFound,
  PAYMENT_METHOD_REQUIRED: Code.FailedPrecondition,
  PAYMENT_METHOD_INVALID: Code.FailedPrecondition,
  PAYMENT_METHOD_LIMIT_REACHED: Code.FailedPrecondition,
  ENCRYPTION_NOT_CONFIGURED: Code.FailedPrecondition,
  RECONCILIATION_NOT_FOUND: Code.NotFound,
});

/** PAYMENT_UNKNOWN: whether money moved is not known yet. */
export function outcomeUnknown(paymentId: string, cause?: unknown): AppError {
  const message =
    "the payment's outcome is not known yet; it is being read, repeat the request with the same key";
  return appError("PAYMENT_UNKNOWN", message, {
    metadata: { payment_id: paymentId },
    retryAfterMs: 2000,
    cause,
  });
}

/** IDEMPOTENCY_KEY_REUSED */
export function keyReused(cause?: unknown): AppError {
  return appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request", { cause });
}
