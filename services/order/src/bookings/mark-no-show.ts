import { MarkNoShowRequestSchema, type SessionService } from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { endBooking } from "../rules/change-booking.ts";
import { bookingToProto } from "../proto/booking.ts";
import { updateBooking, type BookingUpdates } from "./update-booking.ts";

/** SessionService.MarkNoShow: the user did not come. */
export function markNoShowRpc(
  updates: BookingUpdates,
): UnaryHandler<typeof SessionService.method.markNoShow> {
  return async (request, call) => {
    const booking = await updateBooking(
      updates,
      MarkNoShowRequestSchema,
      request,
      call,
      (order, id, context) => endBooking(order, id, "NO_SHOW", context),
    );
    return { booking: bookingToProto(booking) };
  };
}
