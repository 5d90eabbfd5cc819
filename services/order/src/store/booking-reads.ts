import { prepared, query } from "@till/postgres/statements";
import type { Booking } from "../rules/booking.ts";
import type { BookingStatus } from "../rules/order.ts";
import type { Reader } from "./order-reads.ts";

/** The filters of a list of bookings; one that is undefined does not narrow the list. */
export type BookingFilters = {
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly statuses: readonly string[] | undefined;
};

/** Finds a booking by its id. */
export async function findBooking({ pool }: Reader, id: string): Promise<Booking | undefined> {
  const [row] = await query<BookingRow>(pool, selectBooking, [id]);
  return row && bookingFromRow(row);
}

/** Lists bookings, newest first: at most `limit` of those whose id is less than `beforeId`. */
export async function listBookings(
  { pool }: Reader,
  filters: BookingFilters,
  beforeId: string | undefined,
  limit: number,
): Promise<Booking[]> {
  const { name, text, params } = statementFor(filters, beforeId, limit);
  const rows = await query<BookingRow>(pool, prepared(name, text), params);
  return rows.map(bookingFromRow);
}

/** How many bookings of a session a job has cancelled: confirmed ones, and held ones with their unpaid orders. */
export async function countCancelled(
  { pool }: Reader,
  sessionId: string,
  jobId: string,
): Promise<{ readonly cancelledBookings: number; readonly releasedHolds: number }> {
  const [row] = await query<{ confirmed: number; held: number }>(pool, selectCancelled, [sessionId, jobId]);
  return { cancelledBookings: row!.confirmed, releasedHolds: row!.held };
}

// The entry of an order that was cancelled as a whole names no booking: it is that of each of its bookings.
const selectCancelled = prepared(
  "count_cancelled_bookings",
  `SELECT (count(*) FILTER (WHERE was_paid))::int AS confirmed, (count(*) FILTER (WHERE NOT was_paid))::int AS held
     FROM (SELECT o.captured_minor > 0 OR o.total_minor = 0 AS was_paid
             FROM order_items b
             JOIN orders o ON o.user_id = b.user_id AND o.id = b.order_id
             JOIN order_event e ON e.user_id = b.user_id AND e.order_id = b.order_id
            WHERE b.kind = 'SESSION' AND b.ref_id = $1 AND e.payload->>'job_id' = $2
              AND coalesce(e.payload->>'booking_id', b.id::text) = b.id::text) AS cancelled`,
);

/** A booking is a line `b` of an order `o`. */
const bookings = `
  SELECT b.id, b.user_id, b.order_id, b.ref_id, b.booking_status, b.quantity - b.cancelled_seats AS seats, o.expires_at, o.created_at, o.updated_at
    FROM order_items b JOIN orders o ON o.user_id = b.user_id AND o.id = b.order_id`;

const selectBooking = prepared("select_booking", `${bookings} WHERE b.id = $1 AND b.kind = 'SESSION'`);

/** The text has only the conditions of the filters in use, so that each shape gets the plan of its own index. */
function statementFor(
  { userId, sessionId, statuses }: BookingFilters,
  beforeId: string | undefined,
  limit: number,
) {
  const filters = [
    ["u", userId, "b.user_id ="],
    ["r", sessionId, "b.ref_id ="],
    ["s", statuses, "b.booking_status = ANY"],
    ["k", beforeId, "b.id <"],
  ] as const;
  const used = filters.filter(([, value]) => value !== undefined);
  const conditions = used.map(([, , condition], index) => ` AND ${condition} ($${index + 2})`);
  return {
    name: `list_bookings_${used.map(([shape]) => shape).join("")}`,
    text: `${bookings} WHERE b.kind = 'SESSION'${conditions.join("")} ORDER BY b.id DESC LIMIT $1`,
    params: [limit, ...used.map(([, value]) => value)],
  };
}

type BookingRow = {
  readonly id: string;
  readonly user_id: string;
  readonly order_id: string;
  readonly ref_id: string;
  readonly booking_status: BookingStatus;
  readonly seats: number;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
};

function bookingFromRow(row: BookingRow): Booking {
  return {
    id: row.id,
    userId: row.user_id,
    sessionId: row.ref_id,
    orderId: row.order_id,
    status: row.booking_status,
    seats: row.seats,
    heldUntil: row.expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
