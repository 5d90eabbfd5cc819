import { Code } from "@connectrpc/connect";
import { AppError } from "@till/rpc/errors";
import type { Reservation } from "./reservations.ts";
import type { Stock, StockLine } from "./stock-levels.ts";

/** Lets a repeat pass: the order's goods are still set aside or gone to it, and they are these. */
export function requireSame(earlier: Reservation, lines: readonly StockLine[]): void {
  const { orderId, status } = earlier;
  if (status === "released") throw wasReleased(orderId);
  const had = new Map(earlier.lines.map(({ productId, quantity }) => [productId, quantity]));
  const same = lines.length === had.size && lines.every((line) => had.get(line.productId) === line.quantity);
  if (!same) throw refusal("RESERVATION_DIFFERS", `order ${orderId} has other lines reserved`);
}

/** Throws unless there is enough of every line, naming each that is short. */
export function requireInStock(
  lines: readonly StockLine[],
  find: (productId: string) => Stock | undefined,
): void {
  const short: Record<string, string> = {};
  for (const { productId: id, quantity } of lines) {
    const stock = find(id);
    if (!stock) throw refusal("PRODUCT_NOT_FOUND", `no product ${id}`, { id });
    if (quantity <= stock.available) continue;
    short[`${id}.wanted`] = String(quantity);
    short[`${id}.available`] = String(stock.available);
  }
  if (Object.keys(short).length > 0) throw refusal("OUT_OF_STOCK", "there is not enough in stock", short);
}

/** The order's goods went back, by a release or because their time was over. */
export function wasReleased(orderId: string): AppError {
  return refusal("RESERVATION_RELEASED", `the reservation of order ${orderId} was given up`);
}

function refusal(reason: string, message: string, metadata: Record<string, string> = {}): AppError {
  return new AppError(reason, Code.FailedPrecondition, message, { metadata });
}
