import type { AppError } from "@till/rpc/errors";
import { appError } from "../errors.ts";
import type { Reservation } from "./reservations.ts";
import type { Stock, StockLine } from "./stock-levels.ts";

/** Accepts a repeat: the order has exactly these lines reserved or committed. Throws otherwise. */
export function requireSameLines(earlier: Reservation, lines: readonly StockLine[]): void {
  const { orderId, status } = earlier;
  if (status === "released") throw reservationReleased(orderId);
  const had = new Map(earlier.lines.map(({ productId, quantity }) => [productId, quantity]));
  const same = lines.length === had.size && lines.every((line) => had.get(line.productId) === line.quantity);
  if (!same) throw appError("RESERVATION_DIFFERS", `order ${orderId} has other lines reserved`);
}

/** Throws OUT_OF_STOCK, naming each product that is short, or PRODUCT_NOT_FOUND. */
export function requireInStock(
  lines: readonly StockLine[],
  find: (productId: string) => Stock | undefined,
): void {
  const short: Record<string, string> = {};
  for (const { productId: id, quantity } of lines) {
    const stock = find(id);
    if (!stock) throw appError("PRODUCT_NOT_FOUND", `no product ${id}`, { metadata: { id } });
    if (quantity <= stock.available) continue;
    short[`${id}.wanted`] = String(quantity);
    short[`${id}.available`] = String(stock.available);
  }
  if (Object.keys(short).length > 0)
    throw appError("OUT_OF_STOCK", "there is not enough in stock", { metadata: short });
}

/** The order's lines after a partial release. Throws RELEASE_EXCEEDS_RESERVATION where the order has less of a product. */
export function linesWithout(
  { orderId, lines }: Reservation,
  released: readonly StockLine[],
): readonly StockLine[] {
  const left = new Map(lines.map(({ productId, quantity }) => [productId, quantity]));
  for (const { productId, quantity } of released) {
    const rest = (left.get(productId) ?? 0) - quantity;
    if (rest < 0) {
      throw appError("RELEASE_EXCEEDS_RESERVATION", `order ${orderId} has less of product ${productId}`);
    }
    left.set(productId, rest);
  }
  return [...left]
    .filter(([, quantity]) => quantity > 0)
    .map(([productId, quantity]) => ({ productId, quantity }));
}

/** RESERVATION_RELEASED: the reservation was released or has expired. */
export function reservationReleased(orderId: string): AppError {
  return appError("RESERVATION_RELEASED", `the reservation of order ${orderId} was released`);
}
