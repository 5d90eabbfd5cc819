import { Code } from "@connectrpc/connect";
import { AppError, refuseField } from "@till/rpc/errors";
import type { Catalogue } from "../catalog.ts";
import type { Journal } from "../journal.ts";
import { requireInStock, requireSame, wasReleased } from "./reserve-rules.ts";
import { createReservations, type Released, type Reservation } from "./reservations.ts";
import { createStockroom, type Stock, type StockLine } from "./stock-levels.ts";

/** Goods in stock, and what orders have of them. Every call may be repeated; ids are in lower case. */
export type Inventory = {
  reserve(request: ReserveRequest): void;
  commit(orderId: string): void;
  release(orderId: string): Released;
  reservationOf(orderId: string): Reservation | undefined;
  stockOf(productId: string): Stock | undefined;
  /** The named products, and those of the load prefix that somebody has touched. */
  stock(): readonly Stock[];
  /** Sets how many are available, whatever orders have. */
  restock(productId: string, available: number): Stock | undefined;
};

export type ReserveRequest = {
  readonly orderId: string;
  readonly lines: readonly StockLine[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
};

export type InventoryOptions = {
  readonly catalogue: Catalogue;
  readonly journal: Journal;
  readonly now: () => number;
  readonly newId: () => string;
  /** How many reservations that were committed or released are remembered; the oldest are forgotten. */
  readonly remembered?: number;
};

/** An inventory in memory. Nothing in it waits, so calls cannot overtake each other between a check and a change. */
export function createInventory(options: InventoryOptions): Inventory {
  const { catalogue, journal, now, newId, remembered = 100_000 } = options;
  const stockroom = createStockroom(catalogue, journal);
  const reservations = createReservations(remembered, journal);

  function reservationOf(orderId: string): Reservation | undefined {
    returnExpired();
    return reservations.find(orderId);
  }

  /** Done at each access, which is as good as at the moment itself: nobody can look in between. */
  function returnExpired(): void {
    for (const { orderId, lines, expiresAt } of reservations.takeExpired(now())) {
      stockroom.move(lines, "reserved", "available");
      keepReleased(orderId, lines, expiresAt);
    }
  }

  function keepReleased(orderId: string, lines: readonly StockLine[], releasedAt: number): Released {
    const released: Released = { status: "released", orderId, lines, releasedAt, releaseId: newId() };
    reservations.keep(released);
    return released;
  }

  return {
    reservationOf,

    reserve({ orderId, lines, expiresAt }) {
      const earlier = reservationOf(orderId);
      if (earlier) return requireSame(earlier, lines);
      if (expiresAt <= now()) refuseField("expires_at", "must be in the future");
      requireInStock(lines, stockroom.find);
      stockroom.move(lines, "available", "reserved");
      reservations.keep({ status: "reserved", orderId, lines, expiresAt });
    },

    commit(orderId) {
      const reservation = reservationOf(orderId);
      if (!reservation) {
        throw new AppError(
          "RESERVATION_NOT_FOUND",
          Code.NotFound,
          `nothing is reserved for order ${orderId}`,
        );
      }
      if (reservation.status === "released") throw wasReleased(orderId);
      if (reservation.status === "committed") return;
      const { lines } = reservation;
      stockroom.move(lines, "reserved", "committed");
      reservations.keep({ status: "committed", orderId, lines });
    },

    release(orderId) {
      const reservation = reservationOf(orderId);
      if (!reservation) return keepReleased(orderId, [], now());
      if (reservation.status === "released") return reservation;
      stockroom.move(reservation.lines, reservation.status, "available");
      return keepReleased(orderId, reservation.lines, now());
    },

    stockOf(productId) {
      returnExpired();
      return stockroom.find(productId);
    },

    stock() {
      returnExpired();
      return stockroom.all();
    },

    restock(productId, available) {
      returnExpired();
      return stockroom.restock(productId, available);
    },
  };
}
