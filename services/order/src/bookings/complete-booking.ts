import {
  CompleteBookingRequestSchema,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { endBooking } from "../rules/change-booking.ts";
import { bookingToProto } from "../proto/booking.ts";
import { updateBooking, type BookingUpdates } from "./update-booking.ts";

/** SessionService.CompleteBooking: the seats were used. */
export function completeBookingRpc(
  updates: BookingUpdates,
): UnaryHandler<typeof SessionService.method.completeBooking> {
  return async (request, call) => {
    const booking = await updateBooking(
      updates,
      CompleteBookingRequestSchema,
      request,
      call,
      (order, id, context) => endBooking(order, id, "COMPLETED", context),
    );
    return { booking: bookingToProto(booking) };
  };
}
