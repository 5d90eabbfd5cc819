import { add, multiply, zero, type Money } from "@till/money";
import { fail } from "./errors.ts";

/** What one user buys, at the prices of the moment it was placed. */
export type Order = {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
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
};

/** What is kept for people and never decided on. Addresses are google.type.PostalAddress as JSON. */
export type OrderDetails = {
  readonly cartId?: string;
  readonly notes?: string;
  readonly shippingAddress?: object;
  readonly billingAddress?: object;
};

export type ItemKind = "DIGITAL_COURSE" | "SESSION" | "PHYSICAL";
export type CancelReason = "USER" | "ADMIN" | "EXPIRED" | "PAYMENT_FAILED";
export type OrderStatus = keyof typeof transitions;

/**
 * The one state machine: from each status, where an order may go (spec section 2, canonical state machine).
 * A status that an order returns to after a refund that did not take all its money is listed like any other.
 */
export const transitions = {
  CREATED: ["PAYMENT_PENDING", "PAID", "PAYMENT_FAILED", "CANCELLED"],
  PAYMENT_PENDING: ["PAID", "PAYMENT_FAILED", "CANCELLED"],
  PAYMENT_FAILED: ["PAYMENT_PENDING", "PAID", "CANCELLED"],
  PAID: ["READY_TO_SHIP", "COMPLETED", "CANCELLED", "REFUND_REQUESTED", "REFUNDED"],
  READY_TO_SHIP: ["SHIPPED", "CANCELLED", "REFUND_REQUESTED", "REFUNDED"],
  SHIPPED: ["DELIVERED", "RETURNED", "REFUNDED"],
  DELIVERED: ["COMPLETED", "RETURNED", "REFUND_REQUESTED", "REFUNDED"],
  COMPLETED: ["REFUND_REQUESTED", "REFUNDED"],
  CANCELLED: ["REFUND_PENDING", "REFUNDED"],
  RETURNED: ["REFUND_PENDING", "REFUNDED"],
  REFUND_REQUESTED: ["REFUND_PENDING", "PAID", "READY_TO_SHIP", "DELIVERED", "COMPLETED", "REFUNDED"],
  REFUND_PENDING: ["REFUNDED", "PAID", "READY_TO_SHIP", "DELIVERED", "COMPLETED", "CANCELLED", "RETURNED"],
  REFUNDED: [],
} as const satisfies Record<string, readonly string[]>;

/** What a rule decides: the order as it is now, what goes into its history, and what others are told. */
export type Decision = {
  readonly order: Order;
  readonly history: readonly HistoryEntry[];
  readonly events: readonly OrderEvent[];
};

export type HistoryEntry = {
  readonly orderId: string;
  readonly userId: string;
  readonly type: string;
  readonly version: number;
  readonly from: OrderStatus | undefined;
  readonly to: OrderStatus;
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
};

/** A fact about the order as it was right after it happened. */
export type OrderEvent =
  | { readonly type: "order.created"; readonly order: Order }
  | { readonly type: "order.payment_pending"; readonly order: Order }
  | { readonly type: "order.confirmed"; readonly order: Order }
  | {
      readonly type: "order.payment_failed";
      readonly order: Order;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly type: "order.cancelled"; readonly order: Order }
  | {
      readonly type: "order.late_payment";
      readonly order: Order;
      readonly paymentId: string;
      readonly amount: Money;
    }
  | { readonly type: "order.status_changed"; readonly order: Order; readonly from: OrderStatus };

/** When and by whom a change is made: `user:<id>`, `service:<id>` or `event:<type>`. */
export type Context = { readonly now: Date; readonly actor: string };

export type NewOrder = Pick<Order, "id" | "userId" | "items" | "expiresAt" | "details"> & {
  readonly currency: string;
};

/** Places an order in CREATED. The total is the sum of its lines; it must be more than nothing (spec S1.24). */
export function placeOrder({ currency, ...given }: NewOrder, { now, actor }: Context): Decision {
  const nothing = zero(currency);
  const total = given.items.map(subtotal).reduce(add, nothing);
  if (total.minorUnits <= 0n) fail("ORDER_NOT_PAYABLE", "an order's total must be more than zero");
  const order: Order = {
    ...given,
    status: "CREATED",
    total,
    shippingFee: nothing,
    discount: nothing,
    captured: nothing,
    refunded: nothing,
    version: 1,
    createdAt: now,
    updatedAt: now,
    paymentId: undefined,
    failedPayments: 0,
    cancelReason: undefined,
  };
  const { id: orderId, userId } = order;
  const entry = {
    type: "ORDER_CREATED",
    version: 1,
    from: undefined,
    to: order.status,
    actor,
    reason: "",
    at: now,
  };
  return { order, history: [{ orderId, userId, ...entry }], events: [{ type: "order.created", order }] };
}

/** What a line costs. */
export function subtotal({ unitPrice, quantity }: Pick<OrderItem, "unitPrice" | "quantity">): Money {
  return multiply(unitPrice, quantity);
}

/** Whether a decision has anything to write. */
export function isChange({ history }: Decision): boolean {
  return history.length > 0;
}

/** Whether money for the order may still come. */
export function isAwaitingPayment(status: OrderStatus): boolean {
  return status === "CREATED" || status === "PAYMENT_PENDING" || status === "PAYMENT_FAILED";
}

/** The decision that nothing is to be written. */
export function unchanged(order: Order): Decision {
  return { order, history: [], events: [] };
}

/** How a move is made and told: the history entry's type and reason, and what changes besides the status. */
export type Move = Context & {
  readonly entry: string;
  readonly reason?: string;
  readonly change?: Partial<Order>;
};

/** Moves an order along one edge of the table, or throws ILLEGAL_TRANSITION (spec C12). */
export function move(
  order: Order,
  to: OrderStatus,
  how: Move,
  facts: (next: Order) => OrderEvent[],
): Decision {
  const allowed: readonly OrderStatus[] = transitions[order.status];
  if (!allowed.includes(to)) {
    const metadata = { from: order.status, to, allowed: allowed.join(",") };
    fail("ILLEGAL_TRANSITION", `an order cannot go from ${order.status} to ${to}`, metadata);
  }
  const next = { ...order, ...how.change, status: to, version: order.version + 1, updatedAt: how.now };
  const events: OrderEvent[] = [
    ...facts(next),
    { type: "order.status_changed", order: next, from: order.status },
  ];
  return { order: next, history: [historyEntry(order, next, how)], events };
}

/** What the history says of a change. */
export function historyEntry(
  before: Order,
  after: Order,
  { entry, actor, reason = "", now }: Move,
): HistoryEntry {
  const { id: orderId, userId, version, status: to } = after;
  return { orderId, userId, type: entry, version, from: before.status, to, actor, reason, at: now };
}

/** Two changes as one decision: written together or not at all. */
export function followedBy(first: Decision, next: (order: Order) => Decision): Decision {
  const { order, history, events } = next(first.order);
  return { order, history: [...first.history, ...history], events: [...first.events, ...events] };
}
