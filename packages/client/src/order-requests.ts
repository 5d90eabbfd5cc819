import type { Address } from "./address.ts";
import type { ListOptions } from "./list.ts";
import type { Money } from "./money.ts";
import type { OrderStatus, RefundLine } from "./order.ts";
import type { WatchOptions } from "./watch-options.ts";

/** An order to create. */
export type NewOrder = {
  /** 1 to 100 lines. */
  readonly items: readonly NewOrderItem[];
  /** The buyer. A user may leave it out and buys for itself; a service must name the user. */
  readonly userId?: string | undefined;
  /** ISO 4217 code. Left out: the currency of the items. */
  readonly currency?: string | undefined;
  /** The total that the buyer was shown. PRICE_CHANGED if the current total differs. */
  readonly expectedTotal?: Money | undefined;
  /** Create the order at the current prices even if they differ; `priceChanges` of the result lists them. */
  readonly acceptPriceChanges?: boolean | undefined;
  /** Where goods are shipped. Required if a line is a product. */
  readonly shippingAddress?: Address | undefined;
  readonly billingAddress?: Address | undefined;
  /** The cart that is bought, for which the catalogue may have a discount. */
  readonly cartId?: string | undefined;
  /** The buyer's remark. */
  readonly notes?: string | undefined;
};

/** A line of an order to create: a course, seats in a session, or pieces of a product. */
export type NewOrderItem = {
  /** Number of pieces or seats, 1 to 999. Left out: 1. */
  readonly quantity?: number | undefined;
  /** The price that the buyer was shown. PRICE_CHANGED if the current price differs. */
  readonly unitPrice?: Money | undefined;
} & (
  | { readonly courseId: string; readonly sessionId?: never; readonly productId?: never }
  | { readonly sessionId: string; readonly courseId?: never; readonly productId?: never }
  | { readonly productId: string; readonly courseId?: never; readonly sessionId?: never }
);

/** Which orders to list. */
export type OrderFilter = ListOptions & {
  /** The owner. A user lists its own orders; left out by an admin or a service: every user's. */
  readonly userId?: string | undefined;
  readonly statuses?: readonly OrderStatus[] | undefined;
  /** Only orders with a line of this course, session or product. */
  readonly courseId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly productId?: string | undefined;
  /** At or after this time. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
  /** Only orders with a refunded amount, or without. */
  readonly hasRefund?: boolean | undefined;
};

/** Options of a watch on an order. */
export type OrderWatchOptions = WatchOptions & {
  /** Also end at these statuses, such as `["PAID"]`. */
  readonly until?: readonly OrderStatus[] | undefined;
  /** Go on after the order has ended, until the signal aborts: a chargeback or a late refund can still come. */
  readonly follow?: boolean | undefined;
};

/** A step of fulfilment. */
export type FulfilmentStep = {
  readonly status: "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "RETURNED";
  /** With SHIPPED. */
  readonly carrier?: string | undefined;
  /** With SHIPPED. */
  readonly trackingNumber?: string | undefined;
  readonly reason?: string | undefined;
};

/** What of a requested refund to approve. Left out altogether: everything refundable. */
export type RefundApproval = {
  /** Left out: the sum of items and shippingFee. */
  readonly amount?: Money | undefined;
  /** Amounts by line; access to a course ends when its line is refunded in full. */
  readonly items?: readonly RefundLine[] | undefined;
  /** Amount of the shipping fee. */
  readonly shippingFee?: Money | undefined;
};

/** Why, for people; kept in the order's history. */
export type Reason = { readonly reason?: string | undefined };
/** The same where a reason is required. */
export type RequiredReason = { readonly reason: string };
