import { canonicalId } from "@till/ids";
import {
  CancelSessionRequestSchema,
  type CancelSessionRequest,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { requestKeyOf, type Call, type UnaryHandler } from "@till/rpc/server";
import { actorOf } from "../rules/decision.ts";
import type { Booking } from "../rules/booking.ts";
import { cancelForSession } from "../rules/cancel-booking.ts";
import { listBookings } from "../store/booking-reads.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";

type CancelSessionOptions = OrderUpdates & { readonly db: Reader };

/** How many bookings are cancelled at once. */
const pageSize = 50;

/**
 * SessionService.CancelSession: cancels a session's bookings page by page, each in its own commit. After a crash or a
 * deadline a repeat goes on with those that are left.
 */
export function cancelSessionRpc(
  options: CancelSessionOptions,
): UnaryHandler<typeof SessionService.method.cancelSession> {
  return async (request, call) => {
    const schema = CancelSessionRequestSchema;
    requestKeyOf(request.idempotencyKey, call, { prefix: schema.typeName, schema, request });
    const counts = { cancelledBookings: 0, releasedHolds: 0 };
    for (;;) {
      call.requireTime();
      const cancelled = await cancelPage(options, request, call);
      for (const { status } of cancelled.bookings) {
        if (status === "HELD") counts.releasedHolds += 1;
        else counts.cancelledBookings += 1;
      }
      if (cancelled.isLast) return counts;
    }
  };
}

/** Cancels the newest open bookings. Returns those that this call has cancelled, as they were. */
async function cancelPage(
  { db, store, now }: CancelSessionOptions,
  { sessionId: id, reason }: CancelSessionRequest,
  call: Call,
): Promise<{ readonly bookings: readonly Booking[]; readonly isLast: boolean }> {
  const sessionId = canonicalId(id);
  const filters = { userId: undefined, sessionId, statuses: ["HELD", "CONFIRMED"] };
  const page = await listBookings(db, filters, undefined, pageSize);
  const context = { now: now(), actor: actorOf(call.caller) };
  const { traceparent } = call;
  const kinds = await Promise.all(
    page.map(async (booking) => {
      const cancellation = { bookingId: booking.id, sessionId, remark: reason };
      const { kind } = await store.update({
        id: booking.orderId,
        call,
        traceparent,
        decide: (order) => cancelForSession(order, cancellation, context),
      });
      return kind;
    }),
  );
  const bookings = page.filter((_, index) => kinds[index] === "changed");
  return { bookings, isLast: page.length < pageSize || bookings.length === 0 };
}
