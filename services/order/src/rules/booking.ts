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

type Lines = { readonly items: readonly OrderItem[] };

/** Whether the session of a line has begun; never where it has no fixed time. */
function hasBegun({ startsAt }: OrderItem, now: Date): boolean {
  return startsAt !== undefined && startsAt <= now;
}

/** When an unpaid order expires: at the given time, or when the first of its sessions begins, if that is earlier. */
export function expiryOf({ items }: Lines, latest: Date): Date {
  const beginnings = items.flatMap(({ startsAt }) => (startsAt ? [startsAt.getTime()] : []));
  return new Date(Math.min(latest.getTime(), ...beginnings));
}

/** When the last session of an order that it has seats in has ended, by its beginning where its end is not known. */
export function lastSessionEnd({ items }: Lines): Date | undefined {
  const ends = items.flatMap(({ booking, startsAt, endsAt }) => {
    const end = endsAt ?? startsAt;
    return holdsSeats(booking) && end ? [end.getTime()] : [];
  });
  return ends.length > 0 ? new Date(Math.max(...ends)) : undefined;
}

/** Whether a paid order was used: a session that it has seats in has begun, or its seats were used or left empty. */
export function isUsed({ items }: Pick<Order, "items">, now: Date): boolean {
  return items.some(
    (item) =>
      item.booking === "COMPLETED" ||
      item.booking === "NO_SHOW" ||
      (holdsSeats(item.booking) && hasBegun(item, now)),
  );
}
