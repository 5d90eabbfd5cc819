import { recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { historyEntry } from "./history-entry.ts";
import {
  isAwaitingPayment,
  isOver,
  isShipped,
  type Order,
  type OrderItem,
  type StockState,
} from "./order.ts";

/** What the inventory still has to do for an order's stock reservation. */
export type StockDue = "COMMIT" | "RELEASE" | "RELEASE_LINES";

/** What the inventory did for an order, and the state of the stock after it; or the lines whose goods it released. */
export type StockOutcome =
  | { readonly due: "COMMIT" | "RELEASE"; readonly stock: "COMMITTED" | "RELEASED" | "MISSING" }
  | { readonly due: "RELEASE_LINES"; readonly stock: "LINES_RELEASED"; readonly lineIds: readonly string[] };

/**
 * Records what the inventory did, unless something else is due by now. Stock that was released while its order was
 * restored is to be committed again.
 */
export function recordStock(order: Order, outcome: StockOutcome, context: Context): Decision {
  if (outcome.stock === "RELEASED" && order.stock === "COMMITTED" && stockWanted(order) === "COMMITTED") {
    const change = { stock: "RESERVED" } as const;
    return recordChange(order, { ...context, ...historyEntry("STOCK_RELEASED"), change });
  }
  if (deriveStockDue(order) !== outcome.due) return unchanged(order);
  if (outcome.due !== "RELEASE_LINES") {
    const { stock } = outcome;
    return recordChange(order, { ...context, ...historyEntry(`STOCK_${stock}`), change: { stock } });
  }
  const { lineIds } = outcome;
  const items = order.items.map((item) =>
    lineIds.includes(item.id) ? { ...item, stockRelease: "DONE" as const } : item,
  );
  const entry = historyEntry("STOCK_LINES_RELEASED", { items: lineIds.map((item_id) => ({ item_id })) });
  return recordChange(order, { ...context, ...entry, change: { items } });
}

/** The goods lines that the inventory has to release: refunded in full before they were shipped. */
export function linesToRelease({ items }: Pick<Order, "items">): OrderItem[] {
  return items.filter(({ stockRelease }) => stockRelease === "DUE");
}

/** What is due from the inventory, so that the stock agrees with the order's status; undefined: nothing. */
export function deriveStockDue(order: Order): StockDue | undefined {
  if (order.stock === undefined || order.stock === "RELEASED") return undefined;
  const wanted = stockWanted(order);
  if (wanted === "RELEASED") return "RELEASE";
  if (wanted === "COMMITTED" && order.stock === "RESERVED") return "COMMIT";
  return order.stock === "COMMITTED" && linesToRelease(order).length > 0 ? "RELEASE_LINES" : undefined;
}

/** The products an order needs from the stock: each once, whatever lines it is in. */
export function productQuantities({ items }: Pick<Order, "items">) {
  const quantities = new Map<string, number>();
  for (const { kind, refId, quantity, stockRelease } of items) {
    if (kind === "PHYSICAL" && stockRelease !== "DONE")
      quantities.set(refId, (quantities.get(refId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/** Shipped goods of an order that is over stay committed, unless they were returned. */
function stockWanted(order: Order): StockState {
  if (isAwaitingPayment(order.status)) return "RESERVED";
  if (!isOver(order)) return "COMMITTED";
  return isShipped(order) && order.returnedAt === undefined ? "COMMITTED" : "RELEASED";
}
