import { reasonOf } from "@till/rpc/errors";
import type { Order } from "../rules/order.ts";
import { productQuantities } from "../rules/stock.ts";
import type { Inventory } from "../upstreams/ports.ts";

/** Long enough to commit a reservation that was just renewed. */
const renewedForMs = 10 * 60_000;

/**
 * Commits the stock reservation of a paid order. A reservation that the inventory has released is renewed first;
 * `MISSING`: it cannot be renewed, and an operator must look at the order.
 */
export async function commitStock(
  { inventory, now }: { readonly inventory: Inventory; readonly now: () => Date },
  order: Order,
): Promise<"COMMITTED" | "MISSING"> {
  const { id: orderId } = order;
  if (await succeeds(inventory.commit(orderId), "RESERVATION_NOT_FOUND", "RESERVATION_RELEASED"))
    return "COMMITTED";
  const expiresAt = new Date(now().getTime() + renewedForMs);
  const renewal = inventory.reserve({ orderId, lines: productQuantities(order), expiresAt });
  const reasons = ["OUT_OF_STOCK", "PRODUCT_NOT_FOUND", "RESERVATION_RELEASED", "RESERVATION_DIFFERS"];
  if (!(await succeeds(renewal, ...reasons))) return "MISSING";
  await inventory.commit(orderId);
  return "COMMITTED";
}

/** False where the call is rejected for one of the reasons; throws its other errors. */
async function succeeds(call: Promise<void>, ...reasons: string[]): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (reasons.includes(reasonOf(error) ?? "")) return false;
    throw error;
  }
}
