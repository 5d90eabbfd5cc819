import type { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { bookingToProto } from "../proto/booking.ts";
import type { Reader } from "../store/order-reads.ts";
import { readableBooking } from "./readable-booking.ts";

/** SessionService.GetBooking */
export function getBookingRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof SessionService.method.getBooking> {
  return async ({ bookingId }, { caller }) => ({
    booking: bookingToProto(await readableBooking(db, bookingId, caller)),
  });
}
