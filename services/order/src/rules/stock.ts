import { recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { historyEntry } from "./history-entry.ts";
import { isAwaitingPayment, isOver, type Order, type StockState } from "./order.ts";

/** What the inventory still has to do for an order's stock reservation. */
type StockDue = "COMMIT" | "RELEASE";

/** What the inventory did for an order, and the state of the stock after it. */
export type StockOutcome = {
  readonly due: StockDue;
  readonly stock: "COMMITTED" | "RELEASED" | "MISSING";
};

/** Records what the inventory did, unless something else is due by now. */
export function recordStock(order: Order, { due, stock }: StockOutcome, context: Context): Decision {
  if (deriveStockDue(order) !== due) return unchanged(order);
  return recordChange(order, { ...context, ...historyEntry(`STOCK_${stock}`), change: { stock } });
}

/** What is due from the inventory, so that the stock agrees with the order's status; undefined: nothing. */
export function deriveStockDue(order: Order): StockDue | undefined {
  if (order.stock === undefined || order.stock === "RELEASED") return undefined;
  const wanted = stockWanted(order);
  if (wanted === "RELEASED") return "RELEASE";
  return wanted === "COMMITTED" && order.stock === "RESERVED" ? "COMMIT" : undefined;
}

/** The products an order needs from the stock: each once, whatever lines it is in. */
export function productQuantities({ items }: Pick<Order, "items">) {
  const quantities = new Map<string, number>();
  for (const { kind, refId, quantity } of items) {
    if (kind === "PHYSICAL") quantities.set(refId, (quantities.get(refId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/** Shipped goods of an order that is over stay committed, unless they were returned. */
function stockWanted(order: Order): StockState {
  if (isAwaitingPayment(order.status)) return "RESERVED";
  if (!isOver(order)) return "COMMITTED";
  const isShipped = order.shipment !== undefined || order.deliveredAt !== undefined;
  return isShipped && order.returnedAt === undefined ? "COMMITTED" : "RELEASED";
}
