import type { Db } from "@till/postgres/statements";
import { AppError } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { appError, type Reason } from "../rules/errors.ts";
import { productQuantities } from "../rules/stock.ts";
import {
  claimReservation,
  closeReservation,
  hasConcurrentRequest,
  openReservation,
  type ReservationRequest,
} from "../store/reservation-records.ts";
import type { InsertResult } from "../store/store.ts";
import type { Inventory } from "../upstreams/ports.ts";

/** What releases stock reservations. */
export type Releasing = {
  readonly db: Pick<Db, "pool">;
  readonly inventory: Inventory;
  readonly telemetry: { readonly releaseFailed: (orderId: string, error: unknown) => void };
};

/** What reserves stock. */
export type Reserving = Releasing & { readonly policies: { readonly paymentGraceMs: number } };

/** A reservation expires this much later than the last payment of its order can come. */
const marginMs = 10 * 60_000;

/**
 * Reserves the stock of an order, then lets `insert` write the order. Without an order the reservation is released: at
 * once, or after a crash by the recovery worker. Throws OUT_OF_STOCK or PRODUCT_NOT_FOUND, or REQUEST_IN_PROGRESS where
 * a concurrent request with the same key may have reserved the last of the stock.
 */
export async function withStockReservation(
  reserving: Reserving,
  request: ReservationRequest,
  call: Call,
  insert: () => Promise<InsertResult>,
): Promise<InsertResult> {
  const { order } = request;
  if (order.stock === undefined) return insert();
  call.requireTime();
  await openReservation(reserving.db, request);
  let result: InsertResult | undefined;
  try {
    await reserve(reserving, request, call);
    result = await insert();
    return result;
  } finally {
    if (result?.order.id !== order.id) await abandonReservation(reserving, order.id);
  }
}

/** Releases a reservation whose claim this process holds. Throws where the inventory fails; it may be repeated. */
export async function releaseReservation(
  { db, inventory }: Omit<Releasing, "telemetry">,
  orderId: string,
  call?: { readonly timeoutMs: number },
): Promise<void> {
  await inventory.release(orderId, call);
  await closeReservation(db, orderId);
}

/** Releases the reservation of an order that will not be written. After a failure the recovery worker does. */
async function abandonReservation(releasing: Releasing, orderId: string): Promise<void> {
  try {
    if (await claimReservation(releasing.db, orderId))
      await releaseReservation(releasing, orderId, { timeoutMs: 1_000 });
  } catch (error) {
    releasing.telemetry.releaseFailed(orderId, error);
  }
}

async function reserve(
  { db, inventory, policies }: Reserving,
  request: ReservationRequest,
  call: Call,
): Promise<void> {
  const { id: orderId, expiresAt: unpaidUntil } = request.order;
  const expiresAt = new Date(unpaidUntil.getTime() + policies.paymentGraceMs + marginMs);
  try {
    const lines = productQuantities(request.order);
    await inventory.reserve({ orderId, lines, expiresAt }, call.forward());
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection.reason !== "OUT_OF_STOCK" || !(await hasConcurrentRequest(db, request))) throw rejection;
    const facts = { retryAfterMs: 200, cause: rejection };
    throw appError("REQUEST_IN_PROGRESS", "a request with this key is in progress, try again", facts);
  }
}

/** The inventory's rejection as an error of this service; any other error of the inventory is UPSTREAM_UNAVAILABLE. */
function rejectionOf(error: unknown): AppError {
  const isRejection = error instanceof AppError && reasons.has(error.reason);
  if (!isRejection)
    return appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
      upstream: "inventory",
      cause: error,
    });
  const { metadata = {} } = error.facts;
  // The inventory names its facts after the products: `id` is the first of them.
  const id = metadata.id ?? Object.keys(metadata)[0]?.replace(/\..*/, "") ?? "";
  return appError(error.reason as Reason, error.message, { metadata: { ...metadata, id }, cause: error });
}

const reasons: ReadonlySet<string> = new Set<Reason>(["OUT_OF_STOCK", "PRODUCT_NOT_FOUND"]);
