import { canonicalId } from "@till/ids";
import {
  RescheduleBookingRequestSchema,
  type RescheduleBookingRequest,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { requestKeyOf, type Call, type UnaryHandler } from "@till/rpc/server";
import type { Db } from "@till/postgres/statements";
import { sessionOffer } from "../pricing/offers.ts";
import { bookingToProto } from "../proto/booking.ts";
import { readableBooking } from "../queries/readable-booking.ts";
import { bookingOf, type Booking } from "../rules/booking.ts";
import { rescheduleBooking } from "../rules/change-booking.ts";
import { isChange } from "../rules/decision.ts";
import type { Policies } from "../rules/policies.ts";
import { sessionFull } from "../rules/session-full.ts";
import { freeSeats, isOverbooked } from "../store/seats.ts";
import type { Store } from "../store/store.ts";
import { updateForCall } from "../store/update-by-command.ts";
import type { Sessions } from "../upstreams/ports.ts";

type RescheduleOptions = {
  readonly db: Pick<Db, "pool">;
  readonly store: Pick<Store, "findByKey" | "update">;
  readonly sessions: Sessions;
  readonly policies: Policies;
  readonly now: () => Date;
};

/** SessionService.RescheduleBooking */
export function rescheduleBookingRpc(
  options: RescheduleOptions,
): UnaryHandler<typeof SessionService.method.rescheduleBooking> {
  return async (request, call) => ({ booking: bookingToProto(await reschedule(options, request, call)) });
}

/**
 * Moves a booking's seats to another session, all or none: the order's commit takes the new seats and frees the old
 * ones. A repeat of a success succeeds whatever the session has become since.
 */
async function reschedule(
  { db, sessions, ...updates }: RescheduleOptions,
  request: RescheduleBookingRequest,
  call: Call,
): Promise<Booking> {
  const { id, orderId, seats } = await readableBooking(db, request.bookingId, call.caller);
  const sessionId = canonicalId(request.sessionId);
  const schema = RescheduleBookingRequestSchema;
  const hashed = { prefix: schema.typeName, schema, request: { ...request, bookingId: id, sessionId } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const { store, policies, now } = updates;
  const earlier = key && (await store.findByKey(key));
  if (earlier) {
    call.setTrailer("idempotent-replay", "true");
    return bookingOf(earlier, id)!;
  }
  const line = { kind: "SESSION", refId: sessionId, quantity: seats } as const;
  const found = (await sessions.refresh([sessionId])).get(sessionId);
  const { capacity = 0, ...session } = sessionOffer(line, found, now());
  const { bookingChangeCutoffMs, orderExpiryMs } = policies;
  const by = call.caller.role === "user" ? "USER" : "ADMIN";
  const rescheduling = { session, by, bookingChangeCutoffMs, orderExpiryMs } as const;
  for (;;) {
    // The table knows a session's capacity only once its seats were counted; see `changeSeats`.
    const free = (await freeSeats(db.pool, new Map([[sessionId, capacity]]))).get(sessionId) ?? 0;
    try {
      const order = await updateForCall(updates, { id: orderId, key }, call, (current, context) => {
        const decision = rescheduleBooking(current, id, rescheduling, context);
        if (isChange(decision) && free < seats)
          throw sessionFull([{ id: sessionId, wanted: seats, available: free }]);
        return decision;
      });
      return bookingOf(order, id)!;
    } catch (error) {
      // A concurrent booking has taken seats since they were counted: they are counted again.
      if (!isOverbooked(error)) throw error;
    }
  }
}
