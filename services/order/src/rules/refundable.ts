import { compare, subtract, type Money } from "@till/money";
import type { Order, OrderItem } from "./order.ts";
import { paidForDelivery } from "./paid-shares.ts";

/** The captured amount that was not refunded yet. */
export function refundable({ captured, refunded }: Order): Money {
  return subtract(captured, refunded);
}

/**
 * Whether the order's refund, which was to be of so much, was overtaken by another: less is left than it was of. Of that
 * no time need pass before a refund of what is left.
 */
export function isOvertaken(order: Order): boolean {
  const amount = order.refund?.amount;
  return amount !== undefined && compare(refundable(order), amount) < 0;
}

/** The part of a line's `paid` that no refund of the line has refunded. */
export function refundableOfLine({ paid, refunded }: OrderItem): Money {
  return subtract(paid, refunded);
}

/** The part of the delivery's price that no refund of the delivery has refunded. */
export function refundableOfDelivery(order: Order): Money {
  return subtract(paidForDelivery(order), order.deliveryRefunded);
}
