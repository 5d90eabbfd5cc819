import { equals, moneyToDecimal, type Money } from "@till/money";
import { isOpen } from "./booking.ts";
import { recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { historyEntry } from "./history-entry.ts";
import type { BookingStatus, Order, OrderItem } from "./order.ts";
import { expiryOf } from "./booking.ts";

/** A rescheduling: its actor, the session it leads to as it is offered now, and the policies of the deployment. */
type Rescheduling = ChangePolicy & {
  readonly by: "USER" | "ADMIN";
  readonly session: Pick<OrderItem, "refId" | "name" | "unitPrice" | "startsAt" | "endsAt">;
  /** How long an unpaid order awaits payment at most. */
  readonly orderExpiryMs: number;
};

/** Until when a user can change a booking. */
export type ChangePolicy = {
  /** How long before a session begins a user can no longer change a booking. */
  readonly bookingChangeCutoffMs: number;
};

/**
 * Reschedules a held or confirmed booking to another session of the same price; a user only until its session begins.
 * Throws BOOKING_NOT_FOUND, ILLEGAL_TRANSITION, PRICE_CHANGED or CURRENCY_MISMATCH.
 */
export function rescheduleBooking(
  order: Order,
  bookingId: string,
  { session, by, ...policy }: Rescheduling,
  context: Context,
): Decision {
  const { refId, unitPrice } = session;
  const line = requireBooking(order, bookingId);
  if (line.refId === refId) return unchanged(order);
  if (!isOpen(line.booking)) {
    throw illegalBookingTransition(line, line.booking, "only a held or confirmed booking can be rescheduled");
  }
  if (by === "USER") requireChangeable(line, line.booking, policy, context.now);
  requireSamePrice(line.unitPrice, unitPrice);
  const reason = `booking ${line.id}: from session ${line.refId} to ${refId}`;
  const moved = { booking_id: line.id, from_session_id: line.refId, to_session_id: refId };
  const recorded = { ...context, ...historyEntry("BOOKING_RESCHEDULED", moved), reason };
  const { name, startsAt, endsAt } = session;
  const { items } = withLine(order, line, { refId, name, startsAt, endsAt });
  const latest = new Date(order.createdAt.getTime() + policy.orderExpiryMs);
  const expiresAt = line.booking === "HELD" ? expiryOf({ items }, latest) : order.expiresAt;
  return recordChange(order, { ...recorded, change: { items, expiresAt } });
}

/** Throws CURRENCY_MISMATCH or PRICE_CHANGED unless a seat costs the same in both sessions. */
function requireSamePrice(paid: Money, current: Money): void {
  if (equals(paid, current)) return;
  const facts = { expected: moneyToDecimal(paid), current: moneyToDecimal(current) };
  if (paid.currency === current.currency) {
    throw appError("PRICE_CHANGED", `a seat in that session costs ${facts.current}, not ${facts.expected}`, {
      metadata: facts,
    });
  }
  const [expected, got] = [`${facts.expected} ${paid.currency}`, `${facts.current} ${current.currency}`];
  throw appError("CURRENCY_MISMATCH", `a seat in that session costs ${got}, not ${expected}`, {
    metadata: {
      expected: paid.currency,
      got: current.currency,
      expected_amount: facts.expected,
      got_amount: facts.current,
    },
  });
}

/** Throws ILLEGAL_TRANSITION once a user can no longer change a booking. */
export function requireChangeable(line: Line, to: BookingStatus, policy: ChangePolicy, now: Date): void {
  if (!line.startsAt) return;
  const until = new Date(line.startsAt.getTime() - policy.bookingChangeCutoffMs);
  if (until > now) return;
  throw illegalBookingTransition(line, to, `the booking could be changed until ${until.toISOString()}`);
}

/** Records that the seats were used, or that the user did not come. Throws BOOKING_NOT_FOUND or ILLEGAL_TRANSITION. */
export function endBooking(
  order: Order,
  bookingId: string,
  to: "COMPLETED" | "NO_SHOW",
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.booking === to) return unchanged(order);
  if (line.booking !== "CONFIRMED") {
    throw illegalBookingTransition(line, to, `only a confirmed booking becomes ${to}`);
  }
  return setBooking(order, line, to, context);
}

/** A line with seats. */
export type Line = OrderItem & { readonly booking: BookingStatus };

function setBooking(order: Order, line: Line, booking: "COMPLETED" | "NO_SHOW", context: Context): Decision {
  const entry = historyEntry(`BOOKING_${booking}`, { booking_id: line.id });
  const recorded = { ...context, ...entry, reason: `booking ${line.id}` };
  return recordChange(order, { ...recorded, change: withLine(order, line, { booking }) });
}

/** The lines of an order of which one changes. */
export function withLine(
  { items }: Order,
  { id }: OrderItem,
  change: Partial<OrderItem>,
): Pick<Order, "items"> {
  return { items: items.map((item) => (item.id === id ? { ...item, ...change } : item)) };
}

/** The line of a booking. Throws BOOKING_NOT_FOUND. */
export function requireBooking(order: Order, id: string): Line {
  const line = order.items.find((item) => item.id === id);
  if (!line?.booking) throw appError("BOOKING_NOT_FOUND", `no booking ${id}`);
  return { ...line, booking: line.booking };
}

/** ILLEGAL_TRANSITION, with the statuses `from` and `to` of a booking. For a caller `decideForCaller` adds what is allowed. */
export function illegalBookingTransition(
  { id: booking_id, booking: from }: Line,
  to: BookingStatus,
  message: string,
) {
  return appError("ILLEGAL_TRANSITION", message, { metadata: { from, to, booking_id } });
}
