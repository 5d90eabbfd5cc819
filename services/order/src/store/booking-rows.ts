import type { BookingStatus } from "../rules/order.ts";
import type { Booking } from "../rules/booking.ts";

/** A booking: a line `b` of an order `o`. */
export const bookingColumns = `
  b.id, b.user_id, b.order_id, b.ref_id, b.booking_status, b.quantity, o.expires_at, o.created_at, o.updated_at`;

/** Bookings with their orders. */
export const bookingsFrom = `
  order_items b JOIN orders o ON o.user_id = b.user_id AND o.id = b.order_id`;

export type BookingRow = {
  readonly id: string;
  readonly user_id: string;
  readonly order_id: string;
  readonly ref_id: string;
  readonly booking_status: BookingStatus;
  readonly quantity: number;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
};

export function bookingFromRow(row: BookingRow): Booking {
  return {
    id: row.id,
    userId: row.user_id,
    sessionId: row.ref_id,
    orderId: row.order_id,
    status: row.booking_status,
    seats: row.quantity,
    heldUntil: row.expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
