import { compare, money, subtract, zero, type Money } from "@till/money";
import { isOpen, seatsOf } from "./booking.ts";
import { cancelOrder, type Cancellation } from "./cancel.ts";
import {
  illegalBookingTransition,
  requireBooking,
  requireChangeable,
  withLine,
  type ChangePolicy,
  type Line,
} from "./change-booking.ts";
import { recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { Order } from "./order.ts";
import { refundableOfLine } from "./refundable.ts";
import { transitions } from "./transitions.ts";

export type BookingCancellation = Cancellation &
  ChangePolicy & {
    /** How many of the booking's seats; undefined: all of them. */
    readonly seats?: number | undefined;
  };

/**
 * Cancels a booking or some of its seats, which frees them; what was paid for them is refunded. An order with no other
 * line is cancelled with its last seats, as long as it can be. A user can cancel only until the session begins. Throws
 * BOOKING_NOT_FOUND, INVALID_ARGUMENT or ILLEGAL_TRANSITION.
 */
export function cancelBooking(
  order: Order,
  bookingId: string,
  cancellation: BookingCancellation,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.booking === "CANCELLED") return unchanged(order);
  if (!isOpen(line.booking)) {
    throw illegalBookingTransition(line, "CANCELLED", `the booking is ${line.booking} already`);
  }
  const left = seatsOf(line);
  const { by, afterPaid, seats = left } = cancellation;
  if (seats > left) {
    throw appError("INVALID_ARGUMENT", `the booking has ${left} seats`, { field: "seats" });
  }
  if (by === "USER") requireChangeable(line, "CANCELLED", cancellation, context.now);
  const isWhole = seats === left;
  if (isWhole && order.items.length === 1 && endsWithItsSeats(order)) {
    return cancelOrder(order, cancellation, context);
  }
  if (line.booking === "HELD") {
    const message = "the seats are part of an order that is not paid: cancel the order";
    throw illegalBookingTransition(line, "CANCELLED", message);
  }
  if (by === "USER" && !afterPaid) {
    throw illegalBookingTransition(line, "CANCELLED", "paid seats cannot be cancelled here");
  }
  return cancelSeats(order, line, seats, cancellation, context);
}

/** Whether the order can be cancelled with its only line. */
function endsWithItsSeats({ status }: Order): boolean {
  return transitions.some(
    ({ trigger, from, actors }) =>
      trigger === "CancelOrder" && from.includes(status) && actors.includes("user"),
  );
}

function cancelSeats(
  order: Order,
  line: Line,
  seats: number,
  { remark, jobId: job_id }: Cancellation,
  context: Context,
): Decision {
  const isWhole = seats === seatsOf(line);
  const due = line.refundDue ?? zero(line.paid.currency);
  const refundDue = money(due.currency, due.minorUnits + refundOfSeats(line, seats).minorUnits);
  const what = isWhole ? `booking ${line.id}` : `booking ${line.id}, ${seats} of ${seatsOf(line)} seats`;
  const recorded = {
    ...context,
    ...historyEntry(isWhole ? "BOOKING_CANCELLED" : "BOOKING_SEATS_CANCELLED", {
      booking_id: line.id,
      seats,
      job_id,
    }),
    reason: remark ? `${what}: ${remark}` : what,
  };
  const change = isWhole
    ? { booking: "CANCELLED" as const, refundDue }
    : { cancelledSeats: (line.cancelledSeats ?? 0) + seats, refundDue };
  return recordChange(order, { ...recorded, change: withLine(order, line, change) });
}

/** What is to be refunded for seats of a line: their share of what was paid, the rest of it for the last ones. */
function refundOfSeats(line: Line, seats: number): Money {
  const { paid, quantity, refundDue = zero(paid.currency) } = line;
  const refundable = refundableOfLine(line);
  if (compare(refundable, refundDue) <= 0) return zero(paid.currency);
  const left = subtract(refundable, refundDue);
  const share = money(paid.currency, (paid.minorUnits * BigInt(seats)) / BigInt(quantity));
  return seats === seatsOf(line) || compare(share, left) > 0 ? left : share;
}

/** A booking of a session that its organiser has cancelled. */
type SessionCancellation = {
  readonly bookingId: string;
  readonly sessionId: string;
  /** The job that cancels all bookings of the session. */
  readonly jobId: string;
  readonly remark: string;
};

/**
 * Cancels a booking because its session does not take place. A paid one is refunded in full, an unpaid order is cancelled
 * as a whole. Changes nothing where the booking is over or was rescheduled.
 */
export function cancelForSession(
  order: Order,
  { bookingId, sessionId, jobId, remark }: SessionCancellation,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.refId !== sessionId || !isOpen(line.booking)) return unchanged(order);
  const cancellation = { by: "ADMIN", remark, jobId, afterPaid: true, bookingChangeCutoffMs: 0 } as const;
  if (line.booking === "HELD") return cancelOrder(order, cancellation, context);
  return cancelBooking(order, bookingId, cancellation, context);
}
