import { add, subtract, zero, type Money } from "@till/money";
import { fail } from "./errors.ts";
import {
  edges,
  hasGoods,
  subtotal,
  transitions,
  type Cause,
  type Order,
  type OrderItem,
  type OrderStatus,
} from "./order.ts";

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
  /** The money that it is about. */
  readonly amount: Money | undefined;
  readonly at: Date;
};

/** A fact about the order as it was right after it happened. */
export type OrderEvent =
  | { readonly type: StatusEvent; readonly order: Order }
  | {
      readonly type: "order.cancelled";
      readonly order: Order;
      /** Why, in the words of who cancelled. */
      readonly remark: string;
    }
  | {
      readonly type: "order.payment_failed";
      readonly order: Order;
      readonly code: string;
      readonly reason: string;
    }
  | {
      readonly type: "order.late_payment";
      readonly order: Order;
      readonly paymentId: string;
      readonly amount: Money;
    }
  | {
      readonly type: "order.refunded";
      readonly order: Order;
      readonly amount: Money;
      /** The courses that this refund takes away. */
      readonly revokedCourseIds: readonly string[];
    }
  | { readonly type: "order.status_changed"; readonly order: Order; readonly from: OrderStatus }
  | {
      readonly type: BookingEvent;
      readonly order: Order;
      readonly item: OrderItem;
      /** The session the seats were in before, where they have moved. */
      readonly movedFrom: string | undefined;
    };

export type StatusEvent = `order.${
  | "created"
  | "payment_pending"
  | "confirmed"
  | "ready_to_ship"
  | "shipped"
  | "delivered"
  | "completed"
  | "returned"
  | "refund_requested"
  | "refund_approved"
  | "refund_rejected"}`;
export type BookingEvent = `session.${"held" | "confirmed" | "cancelled" | "completed" | "expired"}`;

/** When and by whom a change is made: `user:<id>`, `service:<id>` or `event:<type>`. */
export type Context = { readonly now: Date; readonly actor: string };

export type NewOrder = Pick<Order, "id" | "userId" | "items" | "expiresAt" | "details"> & {
  readonly currency: string;
  readonly shippingFee?: Money | undefined;
  readonly discount?: Money | undefined;
};

/**
 * Places an order in CREATED. The total is the sum of its lines, plus delivery, less the discount; it must be more than
 * nothing (spec S1.24).
 */
export function placeOrder({ currency, ...given }: NewOrder, { now, actor }: Context): Decision {
  const nothing = zero(currency);
  const { shippingFee = nothing, discount = nothing } = given;
  const goods = given.items.map(subtotal).reduce(add, nothing);
  const total = subtract(add(goods, shippingFee), discount);
  if (total.minorUnits <= 0n) fail("ORDER_NOT_PAYABLE", "an order's total must be more than zero");
  const order: Order = {
    ...given,
    status: "CREATED",
    priorStatus: undefined,
    total,
    shippingFee,
    discount,
    captured: nothing,
    refunded: nothing,
    version: 1,
    createdAt: now,
    updatedAt: now,
    paymentId: undefined,
    failedPayments: 0,
    cancelReason: undefined,
    refund: undefined,
    shipment: undefined,
    deliveredAt: undefined,
    completedAt: undefined,
    returnedAt: undefined,
    stock: hasGoods(given) ? "RESERVED" : undefined,
    inventoryReleasedAt: undefined,
  };
  const entry = { ...entryOf(order, { entry: "ORDER_CREATED", now, actor }), from: undefined };
  // Its goods were set aside before (spec S4.5).
  const reserved = order.stock && { ...entry, type: "INVENTORY_RESERVED", from: order.status };
  const history = reserved ? [entry, reserved] : [entry];
  return { order, history, events: [{ type: "order.created", order }] };
}

/** Whether a decision has anything to write. */
export function isChange({ history }: Decision): boolean {
  return history.length > 0;
}

/** The decision that nothing is to be written. */
export function unchanged(order: Order): Decision {
  return { order, history: [], events: [] };
}

/** How a change is made and told: the history entry's type and facts, and what changes besides the status. */
export type Change = Context & {
  readonly entry: string;
  readonly reason?: string;
  readonly amount?: Money | undefined;
  readonly change?: Partial<Order>;
};

/** A change that moves an order, and which of the table's causes it is. */
export type Move = Change & { readonly to: OrderStatus; readonly by: Cause };

/** Moves an order along an edge of the table that its cause may take, or throws ILLEGAL_TRANSITION (spec C12). */
export function move(
  order: Order,
  { to, by, ...how }: Move,
  facts: (next: Order) => OrderEvent[] = () => [],
): Decision {
  const from = order.status;
  const isLegal = edges.some((edge) => edge.by === by && edge.to === to && edge.from.includes(from));
  if (!isLegal) refuseMove(order, to, `${by} does not take an order from ${from} to ${to}`);
  const moved = note(order, { ...how, change: { ...how.change, status: to } });
  const { order: next } = moved;
  return { ...moved, events: [...facts(next), { type: "order.status_changed", order: next, from }] };
}

/** Throws ILLEGAL_TRANSITION with from, to and where else the order may go (spec C12). */
export function refuseMove({ status: from }: Order, to: OrderStatus, message: string): never {
  // The table may have the move for another cause; this one was refused all the same.
  const allowed = transitions[from].filter((status) => status !== to);
  fail("ILLEGAL_TRANSITION", message, { from, to, allowed: allowed.join(",") });
}

/** Changes an order, leaving its status as it is unless the change says so, and writes it into its history. */
export function note(order: Order, how: Change): Decision {
  const next = { ...order, ...how.change, version: order.version + 1, updatedAt: how.now };
  return { order: next, history: [{ ...entryOf(next, how), from: order.status }], events: [] };
}

/** Two changes as one decision: written together or not at all. */
export function followedBy(first: Decision, next: (order: Order) => Decision): Decision {
  const { order, history, events } = next(first.order);
  return { order, history: [...first.history, ...history], events: [...first.events, ...events] };
}

function entryOf(after: Order, { entry: type, actor, reason = "", amount, now: at }: Change) {
  const { id: orderId, userId, version, status: to } = after;
  return { orderId, userId, type, version, to, actor, reason, amount, at };
}
