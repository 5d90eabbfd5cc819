import {
  BookingStatus,
  type ListBookingsRequest,
  type SessionService,
} from "@till/gen/till/session/v1/session_service_pb";
import { prepared, query } from "@till/postgres/statements";
import { idFromPageToken, pageTokenFor, type Caller, type UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import { whose } from "./owner-filter.ts";
import { bookingColumns, bookingFromRow, bookingsFrom, type BookingRow } from "../store/booking-rows.ts";
import { bookingToProto } from "../bookings/booking-to-proto.ts";

/** SessionService.ListBookings: newest first, a keyset page at a time. */
export function listBookingsRpc(deps: Deps): UnaryHandler<typeof SessionService.method.listBookings> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page tells whether there is a next one, without counting.
    const { name, text, params } = listStatement(filters, before, pageSize + 1);
    const rows = await query<BookingRow>(deps.db.pool, prepared(name, text), params);
    const page = rows.slice(0, pageSize);
    const nextPageToken = rows.length > pageSize ? pageTokenFor(page.at(-1)!.id, filters) : "";
    return { bookings: page.map((row) => bookingToProto(bookingFromRow(row))), nextPageToken };
  };
}

type Filters = {
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly statuses: readonly string[] | undefined;
};

function filtersOf({ userId, sessionId, statuses }: ListBookingsRequest, caller: Caller): Filters {
  const names = [...new Set(statuses)].map(statusFromProto);
  return {
    userId: whose(userId, caller),
    sessionId: sessionId.toLowerCase() || undefined,
    statuses: names.length > 0 ? names : undefined,
  };
}

function statusFromProto(status: BookingStatus): string {
  if (status === BookingStatus.UNSPECIFIED)
    throw appError("INVALID_ARGUMENT", "UNSPECIFIED is not a status", { field: "statuses" });
  return BookingStatus[status];
}

/** Only the conditions that are asked for are in the text, so that each shape gets the plan of its own index. */
function listStatement({ userId, sessionId, statuses }: Filters, before: string | undefined, limit: number) {
  const asked = [
    ["u", userId, "b.user_id ="],
    ["r", sessionId, "b.ref_id ="],
    ["s", statuses, "b.booking_status = ANY"],
    ["k", before, "b.id <"],
  ] as const;
  const used = asked.filter(([, value]) => value !== undefined);
  const conditions = used.map(([, , condition], index) => ` AND ${condition} ($${index + 2})`);
  return {
    name: `list_bookings_${used.map(([shape]) => shape).join("")}`,
    text: `SELECT ${bookingColumns} FROM ${bookingsFrom}
            WHERE b.kind = 'SESSION'${conditions.join("")} ORDER BY b.id DESC LIMIT $1`,
    params: [limit, ...used.map(([, value]) => value)],
  };
}
