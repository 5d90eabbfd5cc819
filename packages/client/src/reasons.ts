/** The gRPC code of a failed call. */
export type TillCode =
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED";

/** The reasons that Till's services have for rejecting a call. */
export type KnownReason =
  | "ALREADY_PURCHASED"
  | "AMOUNT_MISMATCH"
  | "BOOKING_NOT_FOUND"
  | "CANCELLED"
  | "CAPTURE_EXCEEDS_AUTHORIZED"
  | "CARD_NUMBER_REFUSED"
  | "CART_NOT_FOUND"
  | "COURSE_NOT_FOUND"
  | "COURSE_UNAVAILABLE"
  | "CURRENCY_MISMATCH"
  | "DEAD_LETTER_NOT_FOUND"
  | "DEADLINE_EXCEEDED"
  | "ENCRYPTION_NOT_CONFIGURED"
  | "HEADERS_TOO_LARGE"
  | "IDEMPOTENCY_KEY_INVALID"
  | "IDEMPOTENCY_KEY_REQUIRED"
  | "IDEMPOTENCY_KEY_REUSED"
  | "ILLEGAL_TRANSITION"
  | "INTERNAL"
  | "INVALID_ARGUMENT"
  | "METHOD_NOT_ALLOWED"
  | "ORDER_IN_PROGRESS"
  | "ORDER_NOT_FOUND"
  | "ORDER_NOT_PAYABLE"
  | "OUT_OF_STOCK"
  | "OVERLOADED"
  | "PAYER_MISMATCH"
  | "PAYMENT_DECLINED"
  | "PAYMENT_DISPUTED"
  | "PAYMENT_IN_PROGRESS"
  | "PAYMENT_METHOD_INVALID"
  | "PAYMENT_METHOD_LIMIT_REACHED"
  | "PAYMENT_METHOD_NOT_FOUND"
  | "PAYMENT_METHOD_REQUIRED"
  | "PAYMENT_NOT_FOUND"
  | "PAYMENT_UNKNOWN"
  | "PERMISSION_DENIED"
  | "PRICE_CHANGED"
  | "PRODUCT_NOT_FOUND"
  | "PRODUCT_UNAVAILABLE"
  | "RATE_LIMITED"
  | "RECONCILIATION_NOT_FOUND"
  | "REFUND_DECLINED"
  | "REFUND_EXCEEDS_CAPTURED"
  | "REQUEST_IN_PROGRESS"
  | "REQUEST_TIMEOUT"
  | "REQUEST_TOO_LARGE"
  | "RETURN_WINDOW_CLOSED"
  | "ROUTE_NOT_FOUND"
  | "SERVICE_NOT_FOUND"
  | "SESSION_FULL"
  | "SESSION_NOT_FOUND"
  | "SESSION_UNAVAILABLE"
  | "SHIPPING_ADDRESS_REQUIRED"
  | "SHUTTING_DOWN"
  | "UNAUTHENTICATED"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "UPSTREAM_UNAVAILABLE"
  | "USER_INACTIVE"
  | "USER_NOT_FOUND"
  | "WEBHOOK_DELIVERY_NOT_FOUND"
  | "WEBHOOK_ENDPOINT_DISABLED"
  | "WEBHOOK_ENDPOINT_EXISTS"
  | "WEBHOOK_ENDPOINT_LIMIT_REACHED"
  | "WEBHOOK_ENDPOINT_NOT_FOUND"
  | "WEBHOOK_SECRET_LIMIT_REACHED"
  | "WEBHOOK_URL_REJECTED";

/**
 * A reason, or the code of a failure that did not come from Till. Later versions of Till may have reasons that this
 * version of the client does not list.
 */
export type TillReason = KnownReason | TillCode | (string & {});

/** The metadata of an error by its reason. Every value is a text. */
export type ErrorMetadata<Reason extends TillReason> = Reason extends keyof MetadataByReason
  ? MetadataByReason[Reason]
  : Readonly<Record<string, string>>;

type Ids<Name extends string> = Readonly<Partial<Record<Name, string>>>;

type MetadataByReason = {
  /** The other order. */
  readonly ALREADY_PURCHASED: Ids<"order_id">;
  readonly ORDER_IN_PROGRESS: Ids<"order_id">;
  /** By line: `items[0].expected`, `items[0].current`; `total.expected`, `total.current`. See `priceChangesOf`. */
  readonly PRICE_CHANGED: Readonly<
    Partial<Record<`${`items[${number}]` | "total"}.${"expected" | "current"}`, string>>
  > &
    Ids<"expected" | "current">;
  /** The first product, and each by `<id>.wanted`, `<id>.available`. */
  readonly OUT_OF_STOCK: Readonly<Partial<Record<`${string}.${"wanted" | "available"}`, string>>> & Ids<"id">;
  /** The first session, and each by `<id>.wanted`, `<id>.available`. */
  readonly SESSION_FULL: Readonly<Partial<Record<`${string}.${"wanted" | "available"}`, string>>> &
    Ids<"id" | "wanted" | "available">;
  /** `allowed` is a list of statuses with commas. */
  readonly ILLEGAL_TRANSITION: Ids<"from" | "to" | "allowed">;
  readonly AMOUNT_MISMATCH: Ids<"expected" | "got">;
  readonly CURRENCY_MISMATCH: Ids<"expected" | "got">;
  readonly PAYER_MISMATCH: Ids<"expected" | "got">;
  /** `retryable` is "true" where another payment may succeed. */
  readonly PAYMENT_DECLINED: Ids<"failure_code" | "retryable" | "payment_id">;
  readonly REFUND_DECLINED: Ids<"failure_code" | "retryable" | "payment_id" | "refund_id">;
  readonly PAYMENT_UNKNOWN: Ids<"payment_id">;
  readonly PAYMENT_IN_PROGRESS: Ids<"order_id" | "payment_id" | "way_out">;
  readonly ORDER_NOT_PAYABLE: Ids<"order_id" | "status">;
  readonly UPSTREAM_UNAVAILABLE: Ids<"upstream">;
  readonly RETURN_WINDOW_CLOSED: Ids<"until">;
  /** The caller's endpoint that has this URL. */
  readonly WEBHOOK_ENDPOINT_EXISTS: Ids<"endpoint_id">;
  readonly WEBHOOK_ENDPOINT_NOT_FOUND: Ids<"endpoint_id">;
  readonly WEBHOOK_DELIVERY_NOT_FOUND: Ids<"delivery_id">;
};
