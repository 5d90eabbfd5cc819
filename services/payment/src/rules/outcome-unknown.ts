import type { AppError } from "@till/rpc/errors";
import { appError } from "./errors.ts";

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
