import type { BookingStatus, Order, OrderItem } from "./order.ts";

/** From each status of a booking, the statuses it may go to. */
export const bookingTransitions = {
  HELD: ["CONFIRMED", "CANCELLED", "EXPIRED"],
  CONFIRMED: ["COMPLETED", "NO_SHOW", "CANCELLED"],
  COMPLETED: [],
  NO_SHOW: [],
  CANCELLED: [],
  EXPIRED: [],
} as const satisfies Record<BookingStatus, readonly BookingStatus[]>;

/** Whether a booking holds its seats. */
export function holdsSeats(status: BookingStatus | undefined): boolean {
  return status !== undefined && status !== "CANCELLED" && status !== "EXPIRED";
}

/** Whether a booking can still be cancelled. */
export function isOpen(status: BookingStatus | undefined): boolean {
  return status === "HELD" || status === "CONFIRMED";
}

/** How many seats of a line are booked: those that were cancelled one by one are not. */
export function seatsOf({
  quantity,
  cancelledSeats = 0,
}: Pick<OrderItem, "quantity" | "cancelledSeats">): number {
  return quantity - cancelledSeats;
}

/** The seats of a line, as their user sees them. */
export type Booking = {
  /** The line's id. */
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly orderId: string;
  readonly status: BookingStatus;
  readonly seats: number;
  /** When the unpaid order expires. */
  readonly heldUntil: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** The booking of a line; undefined where the line has no seats. */
export function bookingOf(order: Order, lineId: string): Booking | undefined {
  const line = order.items.find(({ id }) => id === lineId);
  if (!line?.booking) return undefined;
  return {
    id: lineId,
    userId: order.userId,
    sessionId: line.refId,
    orderId: order.id,
    status: line.booking,
    seats: seatsOf(line),
    heldUntil: order.expiresAt,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}
