import type { Journal } from "../journal.ts";
import { createDueQueue } from "./expiry-queue.ts";
import type { StockLine } from "./stock-levels.ts";

/** What an order has to do with the stock. Its status says where its goods are. */
export type Reservation = Reserved | Committed | Released;

export type Reserved = Goods & { readonly status: "reserved"; readonly expiresAt: number };
export type Committed = Goods & { readonly status: "committed" };
/** Given back, or never had; it stays so. Goods that went back when their time was over are released, too. */
export type Released = Goods & {
  readonly status: "released";
  readonly releasedAt: number;
  /** Names the release in all that is told of it. */
  readonly releaseId: string;
};

type Goods = { readonly orderId: string; readonly lines: readonly StockLine[] };

export type Reservations = {
  find(orderId: string): Reservation | undefined;
  /** Puts a reservation in the place of its order's earlier one. */
  keep(reservation: Reservation): void;
  /** Those still reserved though their time is over; whoever takes them keeps them as released. */
  takeExpired(now: number): readonly Reserved[];
};

/** Every order's reservation. Of those that wait for nothing any more, only so many are remembered. */
export function createReservations(remembered: number, journal: Journal): Reservations {
  const page = journal.page<Reservation>("reservations");
  const waiting = new Map<string, Reserved>();
  const finished = new Map<string, Committed | Released>();
  const due = createDueQueue<Reserved>();

  function put(reservation: Reservation): void {
    const { orderId } = reservation;
    const earlier = waiting.get(orderId);
    if (earlier) due.remove(earlier);
    waiting.delete(orderId);
    finished.delete(orderId);
    if (reservation.status === "reserved") {
      waiting.set(orderId, reservation);
      due.add(reservation);
      return;
    }
    finished.set(orderId, reservation);
    if (finished.size > remembered) forgetOldest();
  }

  function forgetOldest(): void {
    const orderId = finished.keys().next().value!;
    finished.delete(orderId);
    page.strike(orderId);
  }

  page.earlier.forEach(put);
  return {
    find: (orderId) => waiting.get(orderId) ?? finished.get(orderId),
    keep(reservation) {
      put(reservation);
      page.write(reservation.orderId, reservation);
    },
    takeExpired: (now) => due.takeDue(now),
  };
}
