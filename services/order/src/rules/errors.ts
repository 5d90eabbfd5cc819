import { Code, errorTable } from "@till/rpc/errors";

/** Builds an error that callers may branch on: a reason of the order service, or one that every service shares. */
export const appError = errorTable({
  ORDER_NOT_FOUND: Code.NotFound,
  USER_NOT_FOUND: Code.FailedPrecondition,
  USER_INACTIVE: Code.FailedPrecondition,
  COURSE_NOT_FOUND: Code.FailedPrecondition,
  COURSE_UNAVAILABLE: Code.FailedPrecondition,
  SESSION_NOT_FOUND: Code.FailedPrecondition,
  SESSION_UNAVAILABLE: Code.FailedPrecondition,
  SESSION_FULL: Code.FailedPrecondition,
  PRODUCT_NOT_FOUND: Code.FailedPrecondition,
  CART_NOT_FOUND: Code.FailedPrecondition,
  PRODUCT_UNAVAILABLE: Code.FailedPrecondition,
  OUT_OF_STOCK: Code.FailedPrecondition,
  SHIPPING_ADDRESS_REQUIRED: Code.InvalidArgument,
  ALREADY_PURCHASED: Code.AlreadyExists,
  ORDER_IN_PROGRESS: Code.AlreadyExists,
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
});

export type Reason = Parameters<typeof appError>[0];
