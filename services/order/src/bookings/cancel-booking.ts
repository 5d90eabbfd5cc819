import {
  CancelBookingRequestSchema,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { cancelBooking } from "../rules/cancel-booking.ts";
import { bookingToProto } from "../proto/booking.ts";
import { updateBooking, type BookingUpdates } from "./update-booking.ts";

/** SessionService.CancelBooking: frees seats and refunds them; an order with no other line is cancelled with its last. */
export function cancelBookingRpc(
  updates: BookingUpdates,
): UnaryHandler<typeof SessionService.method.cancelBooking> {
  const { cancelAfterPaid: afterPaid, bookingChangeCutoffMs } = updates.policies;
  return async (request, call) => {
    const by = call.caller.role === "user" ? "USER" : "ADMIN";
    const { reason: remark, seats } = request;
    const cancellation = { by, remark, afterPaid, bookingChangeCutoffMs, seats } as const;
    const booking = await updateBooking(
      updates,
      CancelBookingRequestSchema,
      request,
      call,
      (order, id, context) => cancelBooking(order, id, cancellation, context),
    );
    return { booking: bookingToProto(booking) };
  };
}
