import {
  RescheduleBookingRequestSchema,
  type RescheduleBookingRequest,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { requestKeyOf, type Call, type UnaryHandler } from "@till/rpc/server";
import { DatabaseError } from "pg";
import { isChange } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import { sessionOffer } from "../pricing/session-offer.ts";
import { carryOut, contextOf } from "../store/update-by-command.ts";
import { rescheduleBooking } from "../rules/change-booking.ts";
import { bookingToProto } from "./booking-to-proto.ts";
import { bookingOf, type Booking } from "../rules/booking.ts";
import { getBooking } from "../queries/get-booking.ts";
import { freeSeats } from "../store/seats.ts";
import { sessionFull } from "../rules/session-full.ts";

/** SessionService.RescheduleBooking */
export function rescheduleBookingRpc(
  deps: Deps,
): UnaryHandler<typeof SessionService.method.rescheduleBooking> {
  return async (request, call) => ({ booking: bookingToProto(await reschedule(deps, request, call)) });
}

/**
 * Moves a booking's seats to another session, all or none: the order's commit takes the new ones and gives the old ones
 * back. A repeat of a success succeeds whatever has become of the session since.
 */
async function reschedule(deps: Deps, request: RescheduleBookingRequest, call: Call): Promise<Booking> {
  const { id, orderId, seats } = await getBooking(deps, request.bookingId, call.caller);
  const sessionId = request.sessionId.toLowerCase();
  const same = { ...request, bookingId: id, sessionId };
  const hashed = {
    prefix: RescheduleBookingRequestSchema.typeName,
    schema: RescheduleBookingRequestSchema,
    request: same,
  };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const earlier = key && (await deps.store.findByKey(key));
  if (earlier) {
    call.setTrailer("idempotent-replay", "true");
    return bookingOf(earlier, id)!;
  }
  const context = contextOf(deps, call);
  const asked = { kind: "SESSION", refId: sessionId, quantity: seats, expectedPrice: undefined } as const;
  const { capacity = 0, ...session } = sessionOffer(asked, await deps.sessions.get(sessionId), context.now);
  for (;;) {
    // Only where a session has been counted once its capacity holds; see `changeSeats`.
    const free = (await freeSeats(deps.db.pool, new Map([[sessionId, capacity]]))).get(sessionId) ?? 0;
    try {
      const order = await carryOut(deps, orderId, key, call, (current) => {
        const decision = rescheduleBooking(current, id, session, context);
        if (isChange(decision) && free < seats)
          throw sessionFull([{ id: sessionId, wanted: seats, available: free }]);
        return decision;
      });
      return bookingOf(order, id)!;
    } catch (error) {
      if (!isOverbooked(error)) throw error;
      // Somebody was faster since the seats were counted.
    }
  }
}

/** The table of seats has refused more than a session has. */
function isOverbooked(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "23514" && error.table === "session_seats";
}
