import { multiply, type Money } from "@till/money";

/** What one user buys, at the prices of the moment it was placed. */
export type Order = {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  /** The status that an order in REFUND_REQUESTED or REFUND_PENDING had before, and may go back to. */
  readonly priorStatus: OrderStatus | undefined;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  readonly shippingFee: Money;
  readonly discount: Money;
  readonly captured: Money;
  readonly refunded: Money;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  /** The payment that holds the order's one payment slot, or that paid it. */
  readonly paymentId: string | undefined;
  readonly failedPayments: number;
  readonly cancelReason: CancelReason | undefined;
  /** The refund that is asked for or under way, else the last one. */
  readonly refund: Refund | undefined;
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
  /** What refunds that named this line gave back. */
  readonly refunded: Money;
  /** The catalogue's own name for a product's offer. */
  readonly offerId?: string | undefined;
  /** Where the seats of a session stand. */
  readonly booking?: BookingStatus | undefined;
};

/** Money that is to be given back. `amount` is undefined until it is approved. */
export type Refund = {
  readonly id: string;
  readonly state: RefundState;
  readonly reason: string;
  readonly amount: Money | undefined;
  readonly items: readonly { readonly itemId: string; readonly amount: Money }[];
  /** Why it was rejected or failed. */
  readonly remark: string;
};

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
export type RefundState = "REQUESTED" | "REJECTED" | "CLOSED" | "APPROVED" | "SETTLED" | "FAILED";
/** `MISSING`: the goods of a paid order had gone before they could be committed; somebody must look at it. */
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

/** Money may still come. */
const unpaid = ["CREATED", "PAYMENT_PENDING", "PAYMENT_FAILED"] as const;

/** Where a refund may be asked for, and where an order returns that was not refunded after all. */
const returnTo = ["PAID", "READY_TO_SHIP", "DELIVERED", "COMPLETED"] as const;

/** What can move an order: an RPC, an event, or Till itself. */
export type Cause =
  | "BeginPayment"
  | "RetryPayment"
  | "CancelOrder"
  | "ExpireOrder"
  | "UpdateOrderStatus"
  | "RequestRefund"
  | "ApproveRefund"
  | "CloseRefund"
  | "payment.processed"
  | "payment.failed"
  | "payment.refunded, in part"
  | "payment.refunded, in full"
  | "payment.refund_failed"
  | "refund started"
  | "return window over";

/** One edge of the state machine, or several with one cause: the RPC, event or sweep that takes it, and who may. */
export type Edge = {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
  readonly by: Cause;
  readonly who: readonly ("user" | "admin" | "service" | "event" | "sweeper")[];
};

/**
 * The one state machine (spec section 2, canonical state machine). Everything that shows or checks transitions is made
 * from this table: the rules, the tests, docs/order-states.md. An order that leaves REFUND_REQUESTED or REFUND_PENDING
 * without being refunded returns to the status it had before.
 */
export const edges: readonly Edge[] = [
  { from: ["CREATED", "PAYMENT_FAILED"], to: "PAYMENT_PENDING", by: "BeginPayment", who: ["service"] },
  { from: ["PAYMENT_FAILED"], to: "PAYMENT_PENDING", by: "RetryPayment", who: ["user"] },
  { from: [...unpaid], to: "PAID", by: "payment.processed", who: ["event"] },
  { from: ["CREATED", "PAYMENT_PENDING"], to: "PAYMENT_FAILED", by: "payment.failed", who: ["event"] },
  { from: [...unpaid], to: "CANCELLED", by: "CancelOrder", who: ["user", "admin"] },
  { from: [...unpaid], to: "CANCELLED", by: "ExpireOrder", who: ["service", "admin", "sweeper"] },
  { from: ["PAYMENT_FAILED"], to: "CANCELLED", by: "payment.failed", who: ["event"] },
  { from: ["PAID", "READY_TO_SHIP"], to: "CANCELLED", by: "CancelOrder", who: ["user", "admin"] },
  { from: ["PAID"], to: "READY_TO_SHIP", by: "UpdateOrderStatus", who: ["service", "admin"] },
  { from: ["READY_TO_SHIP"], to: "SHIPPED", by: "UpdateOrderStatus", who: ["service", "admin"] },
  { from: ["SHIPPED"], to: "DELIVERED", by: "UpdateOrderStatus", who: ["service", "admin"] },
  { from: ["PAID", "DELIVERED"], to: "COMPLETED", by: "UpdateOrderStatus", who: ["service", "admin"] },
  { from: ["DELIVERED"], to: "COMPLETED", by: "return window over", who: ["sweeper"] },
  { from: ["SHIPPED", "DELIVERED"], to: "RETURNED", by: "UpdateOrderStatus", who: ["service", "admin"] },
  { from: [...returnTo], to: "REFUND_REQUESTED", by: "RequestRefund", who: ["user"] },
  { from: ["REFUND_REQUESTED"], to: "REFUND_PENDING", by: "ApproveRefund", who: ["admin"] },
  ...returnTo.map((to) => edge("REFUND_REQUESTED", to, "CloseRefund", ["user", "admin"])),
  { from: ["CANCELLED", "RETURNED"], to: "REFUND_PENDING", by: "refund started", who: ["sweeper"] },
  ...[...returnTo, "CANCELLED" as const, "RETURNED" as const].flatMap((to) => [
    edge("REFUND_PENDING", to, "payment.refunded, in part", ["event"]),
    edge("REFUND_PENDING", to, "payment.refund_failed", ["event"]),
  ]),
  {
    from: [...returnTo, "SHIPPED", "CANCELLED", "RETURNED", "REFUND_REQUESTED", "REFUND_PENDING"],
    to: "REFUNDED",
    by: "payment.refunded, in full",
    who: ["event"],
  },
];

/** From each status, where an order may go. */
export const transitions = Object.fromEntries(
  statuses.map((status) => [
    status,
    [...new Set(edges.filter(({ from }) => from.includes(status)).map(({ to }) => to))],
  ]),
) as unknown as Readonly<Record<OrderStatus, readonly OrderStatus[]>>;

function edge(from: OrderStatus, to: OrderStatus, by: Cause, who: Edge["who"]): Edge {
  return { from: [from], to, by, who };
}
/** What a line costs. */
export function subtotal({ unitPrice, quantity }: Pick<OrderItem, "unitPrice" | "quantity">): Money {
  return multiply(unitPrice, quantity);
}

/** Whether something in the order has to be shipped (spec C11). */
export function hasGoods({ items }: Pick<Order, "items">): boolean {
  return items.some(({ kind }) => kind === "PHYSICAL");
}

/** Whether money for the order may still come. */
export function isAwaitingPayment(status: OrderStatus): boolean {
  return unpaid.some((one) => one === status);
}

/** Whether the buyer no longer has what was ordered: cancelled, returned, or all money given back. */
export function isOver({ status, priorStatus }: Pick<Order, "status" | "priorStatus">): boolean {
  const standing = status === "REFUND_PENDING" ? priorStatus : status;
  return standing === "CANCELLED" || standing === "RETURNED" || standing === "REFUNDED";
}
