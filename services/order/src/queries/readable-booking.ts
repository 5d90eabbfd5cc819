import type { Caller } from "@till/rpc/server";
import { mayRead } from "../rules/access.ts";
import type { Booking } from "../rules/booking.ts";
import { findBooking } from "../store/booking-reads.ts";
import type { Reader } from "../store/order-reads.ts";
import { appError } from "../rules/errors.ts";

/** Reads a booking that the caller may read. Throws BOOKING_NOT_FOUND, for another user's booking, too. */
export async function readableBooking(db: Reader, id: string, caller: Caller): Promise<Booking> {
  const booking = await findBooking(db, id);
  if (!booking) throw appError("BOOKING_NOT_FOUND", `no booking ${id}`);
  if (!mayRead(booking.userId, caller)) {
    throw appError("BOOKING_NOT_FOUND", `no booking ${id}`, { deniesAccess: true });
  }
  return booking;
}
