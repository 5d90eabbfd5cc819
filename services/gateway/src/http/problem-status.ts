import { Code } from "@till/rpc/errors";

/** The HTTP status of an error: by its reason, else by its gRPC code. */
export function httpStatusOf(reason: string, code: Code): number {
  return statusByReason[reason] ?? statusByCode[code] ?? 500;
}

/** Reasons whose status does not follow from their gRPC code. */
const statusByReason: Readonly<Record<string, number>> = {
  IDEMPOTENCY_KEY_REUSED: 422,
  USER_NOT_FOUND: 422,
  USER_INACTIVE: 422,
  CART_NOT_FOUND: 422,
  COURSE_NOT_FOUND: 422,
  COURSE_UNAVAILABLE: 422,
  SESSION_NOT_FOUND: 422,
  SESSION_UNAVAILABLE: 422,
  PRODUCT_NOT_FOUND: 422,
  PRODUCT_UNAVAILABLE: 422,
  AMOUNT_MISMATCH: 422,
  CURRENCY_MISMATCH: 422,
  PAYER_MISMATCH: 422,
  PAYMENT_METHOD_REQUIRED: 422,
  PAYMENT_METHOD_INVALID: 422,
  REFUND_EXCEEDS_CAPTURED: 422,
  CAPTURE_EXCEEDS_AUTHORIZED: 422,
  PAYMENT_DECLINED: 402,
  REFUND_DECLINED: 402,
  REQUEST_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
  UNSUPPORTED_MEDIA_TYPE: 415,
  REQUEST_TIMEOUT: 408,
  HEADERS_TOO_LARGE: 431,
};

const statusByCode: Readonly<Partial<Record<Code, number>>> = {
  [Code.Canceled]: 499,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 409,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Unavailable]: 503,
  [Code.Unauthenticated]: 401,
};
