import { MarkNoShowRequestSchema, type SessionService } from "@till/gen/till/session/v1/session_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { endBooking } from "../rules/change-booking.ts";
import { bookingToProto } from "./booking-to-proto.ts";
import { updateBooking } from "./update-booking.ts";

/** SessionService.MarkNoShow: nobody came. */
export function markNoShowRpc(deps: Deps): UnaryHandler<typeof SessionService.method.markNoShow> {
  return async (request, call) => {
    const booking = await updateBooking(deps, MarkNoShowRequestSchema, request, call, (order, id, context) =>
      endBooking(order, id, "NO_SHOW", context),
    );
    return { booking: bookingToProto(booking) };
  };
}
