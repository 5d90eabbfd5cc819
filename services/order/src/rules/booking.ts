import type { BookingStatus, Order } from "./order.ts";

/** The one machine of a booking: from each status, where it may go (spec section 3, SessionService). */
export const bookingTransitions = {
  HELD: ["CONFIRMED", "CANCELLED", "EXPIRED"],
  CONFIRMED: ["COMPLETED", "NO_SHOW", "CANCELLED"],
  COMPLETED: [],
  NO_SHOW: [],
  CANCELLED: [],
  EXPIRED: [],
} as const satisfies Record<BookingStatus, readonly BookingStatus[]>;

/** Whether a booking keeps its seats from others. */
export function holdsSeats(status: BookingStatus | undefined): boolean {
  return status !== undefined && status !== "CANCELLED" && status !== "EXPIRED";
}

/** Whether a booking can still be given back. */
export function isOpen(status: BookingStatus | undefined): boolean {
  return status === "HELD" || status === "CONFIRMED";
}

/** A line's seats as their user sees them. */
export type Booking = {
  /** The line's id. */
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly orderId: string;
  readonly status: BookingStatus;
  readonly seats: number;
  /** Until when the order waits for its money. */
  readonly heldUntil: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** The booking that a line of an order is; undefined where it is none. */
export function bookingOf(order: Order, lineId: string): Booking | undefined {
  const line = order.items.find(({ id }) => id === lineId);
  if (!line?.booking) return undefined;
  return {
    id: lineId,
    userId: order.userId,
    sessionId: line.refId,
    orderId: order.id,
    status: line.booking,
    seats: line.quantity,
    heldUntil: order.expiresAt,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}
