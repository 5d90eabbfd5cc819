import { canonicalId } from "@till/ids";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpError } from "../http-error.ts";
import { parse } from "../parse-request.ts";
import type { Inventory } from "./inventory.ts";
import type { Reservation } from "./reservations.ts";
import type { Stock } from "./stock-levels.ts";

/** Serves GET /stock, GET /stock?order_id=<id> and POST /stock/<product_id> {"available": n}. */
export function serveStock(app: FastifyInstance, inventory: Inventory): void {
  app.get("/stock", ({ query }) => {
    const { order_id } = parse(stockQuery, query);
    if (order_id === undefined) return inventory.stock().map(stockBody);
    const reservation = inventory.reservationOf(order_id);
    if (reservation) return reservationBody(reservation);
    throw new HttpError(404, "reservation_not_found", "there is no reservation of this order");
  });
  app.post("/stock/:product_id", ({ params, body }) => {
    const { product_id } = parse(stockParams, params);
    const stock = inventory.restock(product_id, parse(restocking, body).available);
    if (stock) return stockBody(stock);
    throw new HttpError(404, "product_not_found", "there is no such product; GET / lists them");
  });
}

const uuid = z.guid("must be a UUID").toLowerCase();
const stockQuery = z.strictObject({ order_id: uuid.optional() });
const stockParams = z.object({ product_id: z.string().transform(canonicalId) });
const restocking = z.strictObject({
  available: z.int("must be a whole number").min(0).max(10_000_000),
});

function stockBody({ productId, ...counts }: Stock) {
  return { product_id: productId, ...counts };
}

function reservationBody(reservation: Reservation) {
  const { orderId: order_id, status, lines } = reservation;
  return {
    order_id,
    status,
    lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
    ...(reservation.status === "reserved" && { expires_at: new Date(reservation.expiresAt) }),
    ...(reservation.status === "released" && { released_at: new Date(reservation.releasedAt) }),
  };
}
