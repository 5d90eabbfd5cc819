import type { Order } from "../rules/order.ts";
import type { Reservation } from "../upstreams/inventory.ts";

/** What an order needs from the stock: each product once, whatever lines it is in. */
export function goodsOf({ items }: Pick<Order, "items">): Reservation["lines"] {
  const quantities = new Map<string, number>();
  for (const { kind, refId, quantity } of items) {
    if (kind === "PHYSICAL") quantities.set(refId, (quantities.get(refId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}
