import type { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { prepared, query } from "@till/postgres/statements";
import type { Caller, UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { mayRead } from "../rules/access.ts";
import { appError } from "../rules/errors.ts";
import { bookingColumns, bookingFromRow, bookingsFrom, type BookingRow } from "../store/booking-rows.ts";
import { bookingToProto } from "../bookings/booking-to-proto.ts";
import type { Booking } from "../rules/booking.ts";

/** SessionService.GetBooking */
export function getBookingRpc(deps: Deps): UnaryHandler<typeof SessionService.method.getBooking> {
  return async ({ bookingId }, { caller }) => ({
    booking: bookingToProto(await getBooking(deps, bookingId, caller)),
  });
}

const selectBooking = prepared(
  "select_booking",
  `SELECT ${bookingColumns} FROM ${bookingsFrom} WHERE b.id = $1 AND b.kind = 'SESSION'`,
);

/** A booking the caller may see. Somebody else's is BOOKING_NOT_FOUND, as if it did not exist (spec C19). */
export async function getBooking({ db }: Pick<Deps, "db">, id: string, caller: Caller): Promise<Booking> {
  const [row] = await query<BookingRow>(db.pool, selectBooking, [id]);
  if (!row) throw appError("BOOKING_NOT_FOUND", `no booking ${id}`);
  if (!mayRead(row.user_id, caller)) {
    throw appError("BOOKING_NOT_FOUND", `no booking ${id}`, { deniesAccess: true });
  }
  return bookingFromRow(row);
}
