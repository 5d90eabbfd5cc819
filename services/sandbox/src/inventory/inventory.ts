import type { Catalog } from "../catalog.ts";
import { appError } from "../errors.ts";
import type { Journal } from "../journal.ts";
import { linesWithout, requireInStock, requireSameLines, reservationReleased } from "./reserve-rules.ts";
import { createReservations, type Released, type Reservation } from "./reservations.ts";
import { createStockLevels, type Stock, type StockLine } from "./stock-levels.ts";

/** Stock and its reservations by order. Every call is idempotent; ids are in lower case. */
export type Inventory = {
  reserve(request: ReserveRequest): void;
  commit(orderId: string): void;
  release(orderId: string): Released;
  /** Makes part of an order's goods available, once per release id. */
  releaseLines(request: ReleaseLinesRequest): void;
  reservationOf(orderId: string): Reservation | undefined;
  stockOf(productId: string): Stock | undefined;
  /** The named products, and those of the load prefix whose stock has changed. */
  stock(): readonly Stock[];
  /** Sets the available quantity; reservations stay as they are. */
  restock(productId: string, available: number): Stock | undefined;
};

type ReserveRequest = {
  readonly orderId: string;
  readonly lines: readonly StockLine[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
};

type ReleaseLinesRequest = {
  readonly orderId: string;
  readonly releaseId: string;
  readonly lines: readonly StockLine[];
};

export type InventoryOptions = {
  readonly catalog: Catalog;
  readonly journal: Journal;
  readonly now: () => number;
  readonly newId: () => string;
  /** The number of committed and released reservations kept; the oldest are dropped. */
  readonly maxFinished?: number;
};

/** An inventory in memory. Its calls are synchronous, so no other call runs between a check and its change. */
export function createInventory(options: InventoryOptions): Inventory {
  const { catalog, journal, now, newId, maxFinished = 100_000 } = options;
  const stockLevels = createStockLevels(catalog, journal);
  const reservations = createReservations(maxFinished, journal);

  function reservationOf(orderId: string): Reservation | undefined {
    releaseExpired();
    return reservations.find(orderId);
  }

  /** Applied at each access: no access sees a reservation after its expiry. */
  function releaseExpired(): void {
    for (const { orderId, lines, expiresAt } of reservations.takeExpired(now())) {
      stockLevels.move(lines, "reserved", "available");
      recordRelease(orderId, lines, expiresAt);
    }
  }

  function recordRelease(orderId: string, lines: readonly StockLine[], releasedAt: number): Released {
    const released: Released = { status: "released", orderId, lines, releasedAt, releaseId: newId() };
    reservations.save(released);
    return released;
  }

  return {
    reservationOf,

    reserve({ orderId, lines, expiresAt }) {
      const earlier = reservationOf(orderId);
      if (earlier) return requireSameLines(earlier, lines);
      if (expiresAt <= now())
        throw appError("INVALID_ARGUMENT", "must be in the future", { field: "expires_at" });
      requireInStock(lines, stockLevels.find);
      stockLevels.move(lines, "available", "reserved");
      reservations.save({ status: "reserved", orderId, lines, expiresAt });
    },

    commit(orderId) {
      const reservation = reservationOf(orderId);
      if (!reservation) {
        throw appError("RESERVATION_NOT_FOUND", `nothing is reserved for order ${orderId}`);
      }
      if (reservation.status === "released") throw reservationReleased(orderId);
      if (reservation.status === "committed") return;
      const { lines } = reservation;
      stockLevels.move(lines, "reserved", "committed");
      reservations.save({ status: "committed", orderId, lines });
    },

    release(orderId) {
      const reservation = reservationOf(orderId);
      if (!reservation) return recordRelease(orderId, [], now());
      if (reservation.status === "released") return reservation;
      stockLevels.move(reservation.lines, reservation.status, "available");
      return recordRelease(orderId, reservation.lines, now());
    },

    releaseLines({ orderId, releaseId, lines }) {
      const reservation = reservationOf(orderId);
      if (!reservation) {
        throw appError("RESERVATION_NOT_FOUND", `nothing is reserved for order ${orderId}`);
      }
      if (reservation.status === "released" || reservation.partialReleases?.includes(releaseId)) return;
      const rest = linesWithout(reservation, lines);
      stockLevels.move(lines, reservation.status, "available");
      const partialReleases = [...(reservation.partialReleases ?? []), releaseId];
      reservations.save({ ...reservation, lines: rest, partialReleases });
    },

    stockOf(productId) {
      releaseExpired();
      return stockLevels.find(productId);
    },

    stock() {
      releaseExpired();
      return stockLevels.all();
    },

    restock(productId, available) {
      releaseExpired();
      return stockLevels.restock(productId, available);
    },
  };
}
