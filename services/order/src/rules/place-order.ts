import { add, moneyToDecimal, MoneyError, subtract, zero, type Money } from "@till/money";
import { andThen, entryOf, transition, type Context, type Decision } from "./decision.ts";
import { deriveBookings } from "./derive-bookings.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import { hasGoods, subtotal, type Order, type OrderItem } from "./order.ts";
import { withPaid } from "./paid-shares.ts";
import { expiryOf } from "./booking.ts";
import { productQuantities } from "./stock.ts";

export type NewOrder = Pick<Order, "id" | "userId" | "expiresAt" | "details"> & {
  readonly items: readonly Omit<OrderItem, "paid">[];
  readonly currency: string;
  readonly shippingFee?: Money | undefined;
  readonly discount?: Money | undefined;
  /** Whether a total of zero is allowed: such an order is PAID at once, without a payment. */
  readonly allowFree?: boolean;
};

/**
 * Places an order in CREATED, its seats held until it expires: when a session of it begins, at the latest. The total is
 * the sum of the lines, plus the shipping fee, less the discount. Throws ORDER_NOT_PAYABLE where the total is not more
 * than zero, unless it may be free, or more than an amount can be.
 */
export function placeOrder(given: NewOrder, context: Context): Decision {
  const { id, userId, currency, details, allowFree } = given;
  const { now, actor } = context;
  const nothing = zero(currency);
  const { shippingFee = nothing, discount = nothing } = given;
  const total = totalOf(given.items, shippingFee, discount);
  const isFree = allowFree === true && total.minorUnits === 0n;
  if (total.minorUnits <= 0n && !isFree)
    throw appError("ORDER_NOT_PAYABLE", "an order's total must be more than zero");
  const items = withPaid(given.items, discount);
  const { order, events } = deriveBookings(undefined, {
    id,
    userId,
    details,
    items,
    expiresAt: expiryOf({ items }, given.expiresAt),
    status: "CREATED",
    priorStatus: undefined,
    total,
    shippingFee,
    discount,
    captured: nothing,
    refunded: nothing,
    deliveryRefunded: nothing,
    version: 1,
    createdAt: now,
    updatedAt: now,
    paymentId: undefined,
    paidWith: undefined,
    failedPayments: 0,
    cancelReason: undefined,
    refund: undefined,
    shipment: undefined,
    deliveredAt: undefined,
    completedAt: undefined,
    returnedAt: undefined,
    stock: hasGoods(given) ? "RESERVED" : undefined,
    inventoryReleasedAt: undefined,
  });
  const created = { total: moneyToDecimal(total), currency, item_count: order.items.length };
  const entry = {
    ...entryOf(order, { ...historyEntry("ORDER_CREATED", created), now, actor }),
    from: undefined,
  };
  // The stock is reserved before the order is written.
  const reserved = order.stock && {
    ...entryOf(order, { ...historyEntry("INVENTORY_RESERVED", { products: products(order) }), now, actor }),
    from: order.status,
  };
  const history = reserved ? [entry, reserved] : [entry];
  const placed: Decision = { order, history, events: [{ type: "order.created", order }, ...events] };
  return isFree ? andThen(placed, (next) => confirmFree(next, context)) : placed;
}

/** Confirms an order that costs nothing: it is PAID without a payment. */
function confirmFree(order: Order, context: Context): Decision {
  const recorded = { ...context, ...historyEntry("FREE") };
  return transition(order, { to: "PAID", trigger: "CreateOrder", ...recorded }, (next) => [
    { type: "order.confirmed", order: next },
  ]);
}

function totalOf(items: NewOrder["items"], shippingFee: Money, discount: Money): Money {
  try {
    return subtract(items.map(subtotal).reduce(add, shippingFee), discount);
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    throw appError("ORDER_NOT_PAYABLE", "an order's total cannot be that much", { cause: error });
  }
}

function products(order: Order) {
  return productQuantities(order).map(({ productId, quantity }) => ({ product_id: productId, quantity }));
}
