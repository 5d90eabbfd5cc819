import {
  CancelBookingRequestSchema,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { cancelBooking } from "../rules/change-booking.ts";
import { bookingToProto } from "./booking-to-proto.ts";
import { updateBooking } from "./update-booking.ts";

/** SessionService.CancelBooking: the seats are free again; an order of nothing else is cancelled with them. */
export function cancelBookingRpc(deps: Deps): UnaryHandler<typeof SessionService.method.cancelBooking> {
  const { cancelAfterPaid: afterPaid } = deps.policies;
  return async (request, call) => {
    const by = call.caller.role === "admin" ? "ADMIN" : "USER";
    const asked = { by, remark: request.reason, afterPaid } as const;
    const booking = await updateBooking(
      deps,
      CancelBookingRequestSchema,
      request,
      call,
      (order, id, context) => cancelBooking(order, id, asked, context),
    );
    return { booking: bookingToProto(booking) };
  };
}
