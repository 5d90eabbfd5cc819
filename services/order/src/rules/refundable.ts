import { subtract, type Money } from "@till/money";
import type { Order, OrderItem } from "./order.ts";
import { paidForDelivery } from "./paid-shares.ts";

/** The captured amount that was not refunded yet. */
export function refundable({ captured, refunded }: Order): Money {
  return subtract(captured, refunded);
}

/** The part of a line's `paid` that no refund of the line has refunded. */
export function refundableOfLine({ paid, refunded }: OrderItem): Money {
  return subtract(paid, refunded);
}

/** The part of the delivery's price that no refund of the delivery has refunded. */
export function refundableOfDelivery(order: Order): Money {
  return subtract(paidForDelivery(order), order.deliveryRefunded);
}
