import { equals, multiply, type Money } from "@till/money";

/** What one user buys, at the prices of the moment it was placed. */
export type Order = {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  /** The status that an order in REFUND_REQUESTED or REFUND_PENDING had before, and may return to. */
  readonly priorStatus: OrderStatus | undefined;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  readonly shippingFee: Money;
  readonly discount: Money;
  readonly captured: Money;
  readonly refunded: Money;
  /** The sum of the refunds that name the delivery. */
  readonly deliveryRefunded: Money;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  /** The payment that holds the order's one payment slot, or that paid it. */
  readonly paymentId: string | undefined;
  /** How the order was paid; undefined until then. */
  readonly paidWith: PaymentDetails | undefined;
  readonly failedPayments: number;
  readonly cancelReason: CancelReason | undefined;
  /** The refund that is requested or approved, else the last one. */
  readonly refund: Refund | undefined;
  /** The status before REFUNDED, which a refund that is reversed returns the order to. Kept while a refund is retried. */
  readonly refundedFrom?: OrderStatus | undefined;
  /** What is to be refunded again, for refunds of a part that failed after they had succeeded. */
  readonly refundDue?: Money | undefined;
  /** The last dispute of the order's payment. The money of one that is OPEN or LOST counts as refunded. */
  readonly dispute?: OrderDispute | undefined;
  readonly shipment: Shipment | undefined;
  readonly deliveredAt: Date | undefined;
  readonly completedAt: Date | undefined;
  /** When the goods came back. */
  readonly returnedAt: Date | undefined;
  /** What the inventory has done for the order's goods; undefined where it has none. */
  readonly stock: StockState | undefined;
  readonly inventoryReleasedAt: Date | undefined;
  readonly details: OrderDetails;
};

export type OrderItem = {
  readonly id: string;
  readonly kind: ItemKind;
  /** The course, session or product. */
  readonly refId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  /** Its share of what is paid: its subtotal less its share of the discount. */
  readonly paid: Money;
  /** The sum of the refunds that name this line. */
  readonly refunded: Money;
  readonly priceSnapshot: PriceSnapshot;
  /** When the session begins and ends; undefined where it has no fixed time, and for what is no session. */
  readonly startsAt?: Date | undefined;
  readonly endsAt?: Date | undefined;
  /** Of goods that were refunded in full before they were shipped: whether the inventory has released them. */
  readonly stockRelease?: "DUE" | "DONE" | undefined;
  /** How many of the seats were cancelled while others stayed booked. */
  readonly cancelledSeats?: number | undefined;
  /** What is still to be refunded for cancelled seats, or for a line that a won dispute could not restore. */
  readonly refundDue?: Money | undefined;
  /** Where the seats of a session stand. */
  readonly booking?: BookingStatus | undefined;
};

/** The offer of which a line's price was taken, as it was then. */
type PriceSnapshot = {
  /** The catalogue's id of a product's offer. */
  readonly offerId: string | undefined;
  readonly title: string;
  readonly capturedAt: Date;
};

/** A refund. `amount` is undefined until it is approved. */
export type Refund = {
  readonly id: string;
  readonly state: RefundState;
  readonly reason: string;
  readonly amount: Money | undefined;
  readonly items: readonly RefundLine[];
  /** The part that is for the delivery; undefined where the refund does not name it. */
  readonly deliveryAmount?: Money | undefined;
  /** The part that is for refunds which failed after they had succeeded. */
  readonly dueAmount?: Money | undefined;
  /** Why it was rejected or failed. */
  readonly remark: string;
};

/** A captured payment: the method, such as "card", and the provider's transaction id. */
export type PaymentDetails = {
  readonly method: string;
  readonly transactionId: string;
  readonly paidAt: Date;
};

type OrderDispute = { readonly id: string; readonly state: "OPEN" | "WON" | "LOST" };

/** The part of a refund that is for one line. */
export type RefundLine = { readonly itemId: string; readonly amount: Money };

export type Shipment = { readonly carrier: string; readonly trackingNumber: string };

/** What is kept for people and never decided on. Addresses are google.type.PostalAddress as JSON. */
export type OrderDetails = {
  readonly cartId?: string;
  readonly notes?: string;
  readonly shippingAddress?: object;
  readonly billingAddress?: object;
};

export type ItemKind = "DIGITAL_COURSE" | "SESSION" | "PHYSICAL";
export type BookingStatus = "HELD" | "CONFIRMED" | "COMPLETED" | "NO_SHOW" | "CANCELLED" | "EXPIRED";
export type CancelReason = "USER" | "ADMIN" | "EXPIRED" | "PAYMENT_FAILED";
export type RefundState = "REQUESTED" | "REJECTED" | "CLOSED" | "APPROVED" | "SUCCEEDED" | "FAILED";
/** `MISSING`: the stock of a paid order was gone before it could be committed; an operator must look at it. */
export type StockState = "RESERVED" | "COMMITTED" | "RELEASED" | "MISSING";
export type OrderStatus = (typeof statuses)[number];

/** Every status, in the order of an order's life. */
export const statuses = [
  "CREATED",
  "PAYMENT_PENDING",
  "PAYMENT_FAILED",
  "PAID",
  "READY_TO_SHIP",
  "SHIPPED",
  "DELIVERED",
  "COMPLETED",
  "CANCELLED",
  "RETURNED",
  "REFUND_REQUESTED",
  "REFUND_PENDING",
  "REFUNDED",
] as const;

/** The statuses of an order that may still be paid. */
export const unpaidStatuses = ["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"] as const;

/** What a line costs. */
export function subtotal({ unitPrice, quantity }: Pick<OrderItem, "unitPrice" | "quantity">): Money {
  return multiply(unitPrice, quantity);
}

/** Whether the order has goods, and so a stock reservation. */
export function hasGoods({ items }: { readonly items: readonly Pick<OrderItem, "kind">[] }): boolean {
  return items.some(({ kind }) => kind === "PHYSICAL");
}

/** Whether goods of the order have to be shipped, or were: goods refunded in full before that have not. */
export function hasGoodsToShip({ items }: Pick<Order, "items">): boolean {
  return items.some(({ kind, stockRelease }) => kind === "PHYSICAL" && stockRelease === undefined);
}

/** Whether the order's goods have left. */
export function isShipped({ shipment, deliveredAt }: Pick<Order, "shipment" | "deliveredAt">): boolean {
  return shipment !== undefined || deliveredAt !== undefined;
}

/** Whether the buyer has what was ordered without owing anything for it: it was paid for, or costs nothing. */
export function wasConfirmed({ captured, total }: Pick<Order, "captured" | "total">): boolean {
  return captured.minorUnits > 0n || total.minorUnits === 0n;
}

/** Whether money for the order may still come. */
export function isAwaitingPayment(status: OrderStatus): boolean {
  return unpaidStatuses.some((one) => one === status);
}

/**
 * Whether the buyer no longer has what was ordered: cancelled, returned or refunded in full; also while a refund in full
 * that had succeeded is tried again.
 */
export function isOver({ status, priorStatus, refundedFrom }: Standing): boolean {
  if (status === "REFUND_PENDING" && refundedFrom) return true;
  const standing = status === "REFUND_PENDING" ? priorStatus : status;
  return standing === "CANCELLED" || standing === "RETURNED" || standing === "REFUNDED";
}

type Standing = Pick<Order, "status" | "priorStatus" | "refundedFrom">;

/**
 * Whether a line keeps its buyer from buying the same again: it was neither cancelled nor refunded in full. The refund of
 * a course is due only where its buyer has bought it again.
 */
export function isLive(order: Order, item: OrderItem): boolean {
  const isReplaced = item.kind === "DIGITAL_COURSE" && item.refundDue !== undefined;
  return !isOver(order) && !isFullyRefunded(item) && !isReplaced;
}

/** Whether all that was paid for a line was refunded. */
export function isFullyRefunded({ refunded, paid }: OrderItem): boolean {
  return refunded.minorUnits > 0n && equals(refunded, paid);
}
