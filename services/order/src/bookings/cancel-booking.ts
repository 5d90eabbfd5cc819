import {
  CancelBookingRequestSchema,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { cancelBooking } from "../rules/change-booking.ts";
import type { Policies } from "../rules/policies.ts";
import { bookingToProto } from "../proto/booking.ts";
import { updateBooking, type BookingUpdates } from "./update-booking.ts";

/** SessionService.CancelBooking: frees the seats; an order with no other line is cancelled with them. */
export function cancelBookingRpc({
  policies,
  ...updates
}: BookingUpdates & { readonly policies: Policies }): UnaryHandler<
  typeof SessionService.method.cancelBooking
> {
  const { cancelAfterPaid: afterPaid } = policies;
  return async (request, call) => {
    const by = call.caller.role === "admin" ? "ADMIN" : "USER";
    const cancellation = { by, remark: request.reason, afterPaid } as const;
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
