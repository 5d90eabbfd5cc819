import { Code } from "@till/rpc/errors";

/** The HTTP status of an error: by its reason, else by its gRPC code. */
export function httpStatusOf(reason: string, code: Code = Code.Internal): number {
  return statusOfReason.get(reason) ?? statusOfCode.get(code) ?? 500;
}

/** The HTTP status of every known reason. */
export const reasonsByStatus: Readonly<Record<number, readonly string[]>> = {
  400: [
    ...["INVALID_ARGUMENT", "CARD_NUMBER_REFUSED", "SHIPPING_ADDRESS_REQUIRED"],
    ...["IDEMPOTENCY_KEY_REQUIRED", "IDEMPOTENCY_KEY_INVALID"],
  ],
  401: ["UNAUTHENTICATED"],
  402: ["PAYMENT_DECLINED", "REFUND_DECLINED"],
  403: ["PERMISSION_DENIED"],
  404: [
    ...["ORDER_NOT_FOUND", "PAYMENT_NOT_FOUND", "BOOKING_NOT_FOUND", "PAYMENT_METHOD_NOT_FOUND"],
    ...["RECONCILIATION_NOT_FOUND", "ROUTE_NOT_FOUND"],
  ],
  405: ["METHOD_NOT_ALLOWED"],
  408: ["REQUEST_TIMEOUT"],
  409: [
    ...["REQUEST_IN_PROGRESS", "ALREADY_PURCHASED", "ORDER_IN_PROGRESS", "PRICE_CHANGED", "OUT_OF_STOCK"],
    ...["SESSION_FULL", "ILLEGAL_TRANSITION", "PAYMENT_IN_PROGRESS", "ORDER_NOT_PAYABLE"],
    ...["RETURN_WINDOW_CLOSED", "PAYMENT_DISPUTED", "PAYMENT_METHOD_LIMIT_REACHED"],
    ...["ENCRYPTION_NOT_CONFIGURED"],
  ],
  413: ["REQUEST_TOO_LARGE"],
  415: ["UNSUPPORTED_MEDIA_TYPE"],
  422: [
    ...[
      "IDEMPOTENCY_KEY_REUSED",
      "USER_NOT_FOUND",
      "USER_INACTIVE",
      "COURSE_NOT_FOUND",
      "COURSE_UNAVAILABLE",
    ],
    ...["SESSION_NOT_FOUND", "SESSION_UNAVAILABLE", "PRODUCT_NOT_FOUND", "PRODUCT_UNAVAILABLE"],
    "CART_NOT_FOUND",
    ...["AMOUNT_MISMATCH", "CURRENCY_MISMATCH", "PAYER_MISMATCH", "PAYMENT_METHOD_REQUIRED"],
    ...["PAYMENT_METHOD_INVALID", "REFUND_EXCEEDS_CAPTURED", "CAPTURE_EXCEEDS_AUTHORIZED"],
  ],
  429: ["RATE_LIMITED"],
  431: ["HEADERS_TOO_LARGE"],
  499: ["CANCELLED"],
  500: ["INTERNAL"],
  503: ["OVERLOADED", "UPSTREAM_UNAVAILABLE", "PAYMENT_UNKNOWN", "SHUTTING_DOWN"],
  504: ["DEADLINE_EXCEEDED"],
};

const statusOfReason: ReadonlyMap<string, number> = new Map(
  Object.entries(reasonsByStatus).flatMap(([status, reasons]) =>
    reasons.map((reason) => [reason, Number(status)]),
  ),
);

/** For a reason that a service has and this gateway does not know yet. */
const statusOfCode: ReadonlyMap<Code, number> = new Map([
  [Code.InvalidArgument, 400],
  [Code.OutOfRange, 400],
  [Code.Unauthenticated, 401],
  [Code.PermissionDenied, 403],
  [Code.NotFound, 404],
  [Code.AlreadyExists, 409],
  [Code.Aborted, 409],
  [Code.FailedPrecondition, 409],
  [Code.ResourceExhausted, 429],
  [Code.Canceled, 499],
  [Code.Unimplemented, 501],
  [Code.Unavailable, 503],
  [Code.DeadlineExceeded, 504],
]);
