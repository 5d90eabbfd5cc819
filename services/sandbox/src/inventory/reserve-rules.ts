import { Code } from "@connectrpc/connect";
import { AppError } from "@till/rpc/errors";
import type { Reservation } from "./reservations.ts";
import type { Stock, StockLine } from "./stock-levels.ts";

/** Accepts a repeat: the order has exactly these lines reserved or committed. Throws otherwise. */
export function requireSameLines(earlier: Reservation, lines: readonly StockLine[]): void {
  const { orderId, status } = earlier;
  if (status === "released") throw reservationReleased(orderId);
  const had = new Map(earlier.lines.map(({ productId, quantity }) => [productId, quantity]));
  const same = lines.length === had.size && lines.every((line) => had.get(line.productId) === line.quantity);
  if (!same) throw refusal("RESERVATION_DIFFERS", `order ${orderId} has other lines reserved`);
}

/** Throws OUT_OF_STOCK, naming each product that is short, or PRODUCT_NOT_FOUND. */
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

/** RESERVATION_RELEASED: the reservation was released or has expired. */
export function reservationReleased(orderId: string): AppError {
  return refusal("RESERVATION_RELEASED", `the reservation of order ${orderId} was released`);
}

function refusal(reason: string, message: string, metadata: Record<string, string> = {}): AppError {
  return new AppError(reason, Code.FailedPrecondition, message, { metadata });
}
