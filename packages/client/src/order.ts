import type { Address } from "./address.ts";
import type { Money } from "./money.ts";

/** Status of an order. A status of a later version of Till is UNRECOGNIZED. */
export type OrderStatus =
  | "CREATED"
  | "PAYMENT_PENDING"
  | "PAYMENT_FAILED"
  | "PAID"
  | "READY_TO_SHIP"
  | "SHIPPED"
  | "DELIVERED"
  | "COMPLETED"
  | "CANCELLED"
  | "RETURNED"
  | "REFUND_REQUESTED"
  | "REFUND_PENDING"
  | "REFUNDED"
  | "UNRECOGNIZED";

/** Why an order was cancelled. */
export type CancelReason = "USER" | "ADMIN" | "EXPIRED" | "PAYMENT_FAILED" | "UNRECOGNIZED";

/** Kind of item: access to a course, seats in a session, or goods that are shipped. */
export type ItemKind = "DIGITAL_COURSE" | "SESSION" | "PHYSICAL" | "UNRECOGNIZED";

/** How much of an order's captured amount was refunded. */
export type OrderRefundStatus = "NONE" | "PARTIAL" | "FULL" | "UNRECOGNIZED";

/** Status of an order's refund, from its request to its outcome. */
export type OrderRefundState =
  "REQUESTED" | "REJECTED" | "CLOSED" | "APPROVED" | "SUCCEEDED" | "FAILED" | "UNRECOGNIZED";

/** What one user buys, at the prices of the moment it was created. */
export type Order = {
  readonly id: string;
  /** The owner. */
  readonly userId: string;
  readonly status: OrderStatus;
  /** The lines, in the order of the request. */
  readonly items: readonly OrderItem[];
  /** ISO 4217 code of every amount in the order. */
  readonly currency: string;
  /** What the owner pays: the sum of the subtotals, plus shippingFee, less discount. */
  readonly total: Money;
  readonly shippingFee: Money;
  readonly discount: Money;
  /** Amount captured for this order. */
  readonly captured: Money;
  /** Amount refunded for this order. Never more than captured. */
  readonly refunded: Money;
  /** How much of the captured amount was refunded. */
  readonly refundStatus: OrderRefundStatus;
  /** 1 when created, plus one for each later change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the order is cancelled if it is still unpaid. */
  readonly expiresAt?: Date | undefined;
  /** The payment that holds the order's payment slot, or that paid the order. */
  readonly paymentId?: string | undefined;
  /** Number of declined payments so far. */
  readonly failedPayments: number;
  readonly cancelReason?: CancelReason | undefined;
  readonly shippingAddress?: Address | undefined;
  readonly billingAddress?: Address | undefined;
  readonly cartId?: string | undefined;
  /** The buyer's remark. */
  readonly notes?: string | undefined;
  /** The open refund, else the last one. */
  readonly refund?: OrderRefund | undefined;
  readonly carrier?: string | undefined;
  readonly trackingNumber?: string | undefined;
  readonly deliveredAt?: Date | undefined;
  readonly completedAt?: Date | undefined;
  /** When the inventory reported the order's goods as released. */
  readonly inventoryReleasedAt?: Date | undefined;
};

/** One line of an order, with the price as it was when the order was created. */
export type OrderItem = {
  readonly id: string;
  readonly kind: ItemKind;
  /** The item: one of courseId, sessionId and productId. */
  readonly courseId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly productId?: string | undefined;
  /** Name of the item when the order was created. */
  readonly name: string;
  /** Number of pieces, or of seats. */
  readonly quantity: number;
  readonly unitPrice: Money;
  /** quantity × unitPrice. */
  readonly subtotal: Money;
  /** The line's share of the total without delivery. */
  readonly paid: Money;
  /** Amount refunded for this line by refunds that named it. */
  readonly refunded?: Money | undefined;
  /** The offer of which the price was taken. */
  readonly priceSnapshot?: PriceSnapshot | undefined;
  /** Beginning of the session. */
  readonly startsAt?: Date | undefined;
  /** End of the session. */
  readonly endsAt?: Date | undefined;
};

/** An offer as it was when the order was created. */
export type PriceSnapshot = {
  readonly offerId?: string | undefined;
  readonly unitPrice: Money;
  readonly capturedAt: Date;
  readonly title: string;
};

/** A refund of an order, from its request to its outcome. */
export type OrderRefund = {
  readonly id: string;
  readonly status: OrderRefundState;
  /** Reason of the request. */
  readonly reason?: string | undefined;
  /** Approved amount. */
  readonly amount?: Money | undefined;
  /** Approved amounts of single lines, if the approval named lines. */
  readonly items: readonly RefundLine[];
  /** Why the request was rejected, or why the refund failed. */
  readonly remark?: string | undefined;
  /** Approved amount of the shipping fee. */
  readonly shippingFee?: Money | undefined;
};

/** Amount to refund for one line of an order. */
export type RefundLine = { readonly itemId: string; readonly amount: Money };

/** One entry of an order's history: what happened, when, why and by whom. */
export type OrderEvent = {
  readonly id: string;
  readonly orderId: string;
  /** ORDER_CREATED, PAYMENT_REQUESTED, PAYMENT_SUCCEEDED … Later versions of Till may have types that you do not know. */
  readonly type: string;
  /** The order's version after this entry. Entries of one change share a version. */
  readonly version: number;
  /** Status before. Undefined for the first entry. */
  readonly from?: OrderStatus | undefined;
  /** Status after. */
  readonly to: OrderStatus;
  /** `role:id`, or `event:…` for the effect of an event, or a worker of the order service. */
  readonly actor: string;
  readonly reason?: string | undefined;
  readonly createdAt: Date;
  readonly amount?: Money | undefined;
  /** Details of the change as its type has them. */
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
};

/** A message of a watch: the order as it was when the watch began, or a later change. */
export type OrderUpdate = {
  /** The order's status now. */
  readonly status: OrderStatus;
  /** The version to resume after by `afterVersion`. */
  readonly version: number;
  /** Whether the last entry of its version: the order is as it was after the change. */
  readonly isLast: boolean;
} & (
  | { readonly kind: "snapshot"; readonly order: Order }
  | { readonly kind: "event"; readonly event: OrderEvent }
);

/** A price that differs from the expected one and was accepted. */
export type PriceChange = {
  /** Index of the line in the request, from 0. Undefined: the total. */
  readonly itemIndex?: number | undefined;
  readonly expected: Money;
  readonly current: Money;
};

/** A created order. */
export type CreatedOrder = Order & {
  /** Whether an earlier call with the same key created it. */
  readonly idempotentReplay: boolean;
  /** Where the current prices differ from the expected ones, if acceptPriceChanges was set. */
  readonly priceChanges: readonly PriceChange[];
};

/** A command on an order, and whether it is possible now. */
export type OrderAction = {
  /** Name of the RPC, such as CancelOrder. UpdateOrderStatus comes once for each status that it can set. */
  readonly rpc: string;
  /** Target status. Undefined: the status that the order had before. */
  readonly to?: OrderStatus | undefined;
  readonly allowed: boolean;
  /** Reason of the rejection. Undefined if allowed. */
  readonly reason?: string | undefined;
  /** The rejection for people. Undefined if allowed. */
  readonly message?: string | undefined;
};

/** Whether an order's row is what its history and its payments make of it. */
export type OrderVerification = {
  readonly consistent: boolean;
  readonly discrepancies: readonly {
    /** What differs, such as status or captured. */
    readonly subject: string;
    readonly expected: string;
    readonly found: string;
  }[];
  /** Number of history entries that were replayed. */
  readonly entries: number;
};
