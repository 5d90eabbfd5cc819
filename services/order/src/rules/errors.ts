import { Code } from "@connectrpc/connect";
import { AppError, type ErrorFacts } from "@till/rpc/errors";

/** Every failure of the order service that callers may branch on, beside the shared ones (spec section 5). */
export const errorCodes = {
  ORDER_NOT_FOUND: Code.NotFound,
  USER_NOT_FOUND: Code.FailedPrecondition,
  USER_INACTIVE: Code.FailedPrecondition,
  COURSE_NOT_FOUND: Code.FailedPrecondition,
  COURSE_UNAVAILABLE: Code.FailedPrecondition,
  SESSION_NOT_FOUND: Code.FailedPrecondition,
  SESSION_UNAVAILABLE: Code.FailedPrecondition,
  SESSION_FULL: Code.FailedPrecondition,
  PRODUCT_NOT_FOUND: Code.FailedPrecondition,
  OUT_OF_STOCK: Code.FailedPrecondition,
  SHIPPING_ADDRESS_REQUIRED: Code.InvalidArgument,
  ALREADY_PURCHASED: Code.AlreadyExists,
  ORDER_IN_PROGRESS: Code.AlreadyExists,
  RATE_LIMITED: Code.ResourceExhausted,
  BOOKING_NOT_FOUND: Code.NotFound,
  PRICE_CHANGED: Code.Aborted,
  REFUND_EXCEEDS_CAPTURED: Code.FailedPrecondition,
  RETURN_WINDOW_CLOSED: Code.FailedPrecondition,
  ILLEGAL_TRANSITION: Code.FailedPrecondition,
  PAYMENT_IN_PROGRESS: Code.FailedPrecondition,
  ORDER_NOT_PAYABLE: Code.FailedPrecondition,
  AMOUNT_MISMATCH: Code.FailedPrecondition,
  CURRENCY_MISMATCH: Code.FailedPrecondition,
  PAYER_MISMATCH: Code.FailedPrecondition,
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
