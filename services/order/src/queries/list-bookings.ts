import { canonicalId } from "@till/ids";
import {
  BookingStatus,
  type ListBookingsRequest,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { idFromPageToken, pageOf, pageTokenFor, type Caller, type UnaryHandler } from "@till/rpc/server";
import { bookingToProto } from "../proto/booking.ts";
import { listBookings, type BookingFilters } from "../store/booking-reads.ts";
import type { Reader } from "../store/order-reads.ts";
import { ownerFilter } from "./owner-filter.ts";
import { appError } from "../rules/errors.ts";

/** SessionService.ListBookings: newest first, a keyset page at a time. */
export function listBookingsRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof SessionService.method.listBookings> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page shows whether there is a next one, without a count.
    const bookings = await listBookings(db, filters, before, pageSize + 1);
    const { messages, nextPageToken } = pageOf(bookings, {
      pageSize,
      toMessage: bookingToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { bookings: messages, nextPageToken };
  };
}

function filtersOf({ userId, sessionId, statuses }: ListBookingsRequest, caller: Caller): BookingFilters {
  const names = [...new Set(statuses)].map(statusFromProto);
  return {
    userId: ownerFilter(userId, caller),
    sessionId: canonicalId(sessionId) || undefined,
    statuses: names.length > 0 ? names : undefined,
  };
}

function statusFromProto(status: BookingStatus): string {
  if (status === BookingStatus.UNSPECIFIED)
    throw appError("INVALID_ARGUMENT", "UNSPECIFIED is not a status", { field: "statuses" });
  return BookingStatus[status];
}
