import { stockDue } from "./consequences.ts";
import { note, unchanged, type Context, type Decision } from "./decision.ts";
import type { Order } from "./order.ts";

/** What the inventory had to do for an order, and what came of it. */
export type Settlement = {
  readonly due: "COMMIT" | "RELEASE";
  readonly stock: "COMMITTED" | "RELEASED" | "MISSING";
};

/** Records what the inventory did, unless something else is due by now: that is done, and recorded, next. */
export function recordStock(order: Order, { due, stock }: Settlement, context: Context): Decision {
  if (stockDue(order) !== due) return unchanged(order);
  return note(order, { ...context, entry: `STOCK_${stock}`, change: { stock } });
}
