import type { Journal } from "../journal.ts";
import { createExpiryQueue } from "./expiry-queue.ts";
import type { StockLine } from "./stock-levels.ts";

/** An order's stock reservation. */
export type Reservation = Reserved | Committed | Released;

type Reserved = ReservedLines & { readonly status: "reserved"; readonly expiresAt: number };
type Committed = ReservedLines & { readonly status: "committed" };
/** Released by Release, or because it expired, or released before it was reserved. Final. */
export type Released = ReservedLines & {
  readonly status: "released";
  readonly releasedAt: number;
  /** The id of the release's event. */
  readonly releaseId: string;
};

type ReservedLines = {
  /** The ids of the partial releases that reduced the lines. */
  readonly partialReleases?: readonly string[];
  readonly orderId: string;
  readonly lines: readonly StockLine[];
};

export type Reservations = {
  find(orderId: string): Reservation | undefined;
  /** Inserts a reservation or replaces the order's earlier one. */
  save(reservation: Reservation): void;
  /** Removes and returns the reservations that have expired; the caller saves them as released. */
  takeExpired(now: number): readonly Reserved[];
};

/** The reservations of all orders; of the committed and released ones the newest `maxFinished`. */
export function createReservations(maxFinished: number, journal: Journal): Reservations {
  const section = journal.section<Reservation>("reservations");
  const waiting = new Map<string, Reserved>();
  const finished = new Map<string, Committed | Released>();
  const expiring = createExpiryQueue<Reserved>();

  function set(reservation: Reservation): void {
    const { orderId } = reservation;
    const earlier = waiting.get(orderId);
    if (earlier) expiring.remove(earlier);
    waiting.delete(orderId);
    finished.delete(orderId);
    if (reservation.status === "reserved") {
      waiting.set(orderId, reservation);
      expiring.add(reservation);
      return;
    }
    finished.set(orderId, reservation);
    if (finished.size > maxFinished) dropOldest();
  }

  function dropOldest(): void {
    const orderId = finished.keys().next().value!;
    finished.delete(orderId);
    section.remove(orderId);
  }

  section.restored.forEach(set);
  return {
    find: (orderId) => waiting.get(orderId) ?? finished.get(orderId),
    save(reservation) {
      set(reservation);
      section.put(reservation.orderId, reservation);
    },
    takeExpired: (now) => expiring.takeExpired(now),
  };
}
