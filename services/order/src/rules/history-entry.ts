/** The types of history entries. `docs/history.md` is made from this table. */
export const historyTypes = {
  ORDER_CREATED: type("the order was created", "total", "currency", "item_count"),
  INVENTORY_RESERVED: type("its goods were reserved, before the order was created", "products"),
  PAYMENT_REQUESTED: type("a payment took the payment slot", "payment_id"),
  PAYMENT_RETRIED: type("RetryPayment opened the payment slot"),
  PAYMENT_SUCCEEDED: type("the total was captured", "payment_id", "method", "transaction_id"),
  FREE: type("the order costs nothing, and was confirmed without a payment"),
  PAYMENT_FAILED: type("a payment was declined", "payment_id", "code", "message"),
  PAYMENT_VOIDED: type("the authorization of the payment in the slot was voided", "payment_id"),
  LATE_PAYMENT: type("an amount was captured that the order could not accept", "payment_id"),
  LATE_PAYMENT_REFUNDED: type("such an amount was refunded", "payment_id"),
  ORDER_CANCELED: type("the order was cancelled, for the reason in `reason`", "cancel_reason", "job_id"),
  ORDER_READY_TO_SHIP: type("the goods are packed"),
  ORDER_SHIPPED: type("the carrier has the goods", "carrier", "tracking_number"),
  ORDER_DELIVERED: type("the goods have arrived"),
  ORDER_COMPLETED: type("the order was fulfilled"),
  ORDER_RETURNED: type("the goods were returned"),
  STOCK_COMMITTED: type("the inventory committed the order's stock reservation"),
  STOCK_RELEASED: type("the inventory released the order's stock reservation"),
  STOCK_MISSING: type("the stock was gone before it could be committed; an operator must look at it"),
  STOCK_LINES_RELEASED: type(
    "the inventory released goods that were refunded before they were shipped",
    "items",
  ),
  INVENTORY_RELEASED: type("the inventory reported the goods as released", "released_at"),
  REFUND_REQUESTED: type("the owner requested a refund", "refund_id"),
  REFUND_APPROVED: type("an admin approved the refund", "refund_id", "items", "shipping_fee"),
  REFUND_REJECTED: type("an admin rejected the refund", "refund_id"),
  REFUND_CLOSED: type("the request was withdrawn", "refund_id"),
  REFUND_STARTED: type(
    "the refund of a cancelled or returned order, or of cancelled seats, was started",
    "refund_id",
    "items",
  ),
  PAYMENT_REFUNDED: type("an amount was refunded", "payment_id", "refund_id"),
  REFUND_FAILED: type("the provider declined the refund", "payment_id", "refund_id", "code"),
  REFUND_REVERSED: type(
    "a refund that had succeeded failed later; the amount counts as captured again",
    "payment_id",
    "refund_id",
    "code",
  ),
  PAYMENT_DISPUTED: type(
    "the payer's bank withdrew an amount, which counts as refunded",
    "payment_id",
    "dispute_id",
    "cause",
  ),
  DISPUTE_CLOSED: type(
    "a dispute ended; of one that was won the amount counts as captured again, and `items` could not be restored",
    "payment_id",
    "dispute_id",
    "state",
    "items",
  ),
  PERSON_ERASED: type("an admin had the owner's personal data erased from the order"),
  BOOKING_CANCELLED: type("a booking was cancelled", "booking_id", "seats", "job_id"),
  BOOKING_SEATS_CANCELLED: type("some seats of a booking were cancelled", "booking_id", "seats", "job_id"),
  BOOKING_COMPLETED: type("the owner attended", "booking_id"),
  BOOKING_NO_SHOW: type("the owner did not attend", "booking_id"),
  BOOKING_RESCHEDULED: type("a booking was moved", "booking_id", "from_session_id", "to_session_id"),
} as const;

export type HistoryType = keyof typeof historyTypes;

/** Details of a change, as JSON. A field that is undefined is left out. */
export type Payload = { readonly [field: string]: PayloadValue | undefined };
type PayloadValue = string | number | readonly Payload[];

type Field<Type extends HistoryType> = (typeof historyTypes)[Type]["payload"][number];

/** The type and the payload of a history entry, which has no other fields than its type lists. */
export function historyEntry<Type extends HistoryType>(
  entry: Type,
  payload: { readonly [Name in Field<Type>]?: PayloadValue | undefined } = {},
): { readonly entry: HistoryType; readonly payload: Payload } {
  return { entry, payload };
}

/** What happened, and the fields of the payload. */
function type<Name extends string = never>(when: string, ...payload: readonly Name[]) {
  return { when, payload } as const;
}
