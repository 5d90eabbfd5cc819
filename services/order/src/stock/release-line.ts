import { reasonOf } from "@till/rpc/errors";
import type { Order, OrderItem } from "../rules/order.ts";
import type { Inventory } from "../upstreams/ports.ts";

/**
 * Releases the goods of one line; the line's id is the release's key, so that a repeat changes nothing. An inventory that
 * does not know the order has nothing of the line reserved. Throws the inventory's other errors.
 */
export async function releaseLine(
  inventory: Pick<Inventory, "releaseLines">,
  { id: orderId }: Order,
  { id: releaseId, refId: productId, quantity }: OrderItem,
): Promise<void> {
  try {
    await inventory.releaseLines({ orderId, releaseId, lines: [{ productId, quantity }] });
  } catch (error) {
    if (reasonOf(error) !== "RESERVATION_NOT_FOUND") throw error;
  }
}
