import { reasonOf } from "@till/rpc/errors";
import type { Deps } from "../deps.ts";
import type { Order } from "../rules/order.ts";
import { productQuantities } from "../rules/stock.ts";

/** Long enough to commit what was just set aside once more. */
const againMs = 10 * 60_000;

/**
 * Has the goods of a paid order leave the stock. Where the inventory has given them up, it is asked to set them aside
 * once more; `MISSING`: it cannot, and somebody has to tell the buyer.
 */
export async function commitGoods(
  { inventory, now }: Pick<Deps, "inventory" | "now">,
  order: Order,
): Promise<"COMMITTED" | "MISSING"> {
  const { id: orderId } = order;
  if (await succeeds(inventory.commit(orderId), "RESERVATION_NOT_FOUND", "RESERVATION_RELEASED"))
    return "COMMITTED";
  const expiresAt = new Date(now().getTime() + againMs);
  const again = inventory.reserve({ orderId, lines: productQuantities(order), expiresAt });
  const refusals = ["OUT_OF_STOCK", "PRODUCT_NOT_FOUND", "RESERVATION_RELEASED", "RESERVATION_DIFFERS"];
  if (!(await succeeds(again, ...refusals))) return "MISSING";
  await inventory.commit(orderId);
  return "COMMITTED";
}

/** False where it is refused for one of the reasons; throws what it fails with else. */
async function succeeds(call: Promise<void>, ...refusals: string[]): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (refusals.includes(reasonOf(error) ?? "")) return false;
    throw error;
  }
}
