import { equals, moneyToDecimal } from "@till/money";
import { bookingTransitions, isOpen } from "./booking.ts";
import { cancelOrder, type Cancellation } from "./cancel.ts";
import { recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import type { BookingStatus, Order, OrderItem } from "./order.ts";
import { nextStatuses } from "./transitions.ts";

/** The session that a booking is rescheduled to, as it is offered now. */
type NewSession = Pick<OrderItem, "refId" | "name" | "unitPrice" | "startsAt" | "endsAt">;

/**
 * Reschedules a held or confirmed booking to another session of the same price. Throws BOOKING_NOT_FOUND,
 * ILLEGAL_TRANSITION or PRICE_CHANGED.
 */
export function rescheduleBooking(
  order: Order,
  bookingId: string,
  { refId, name, unitPrice, startsAt, endsAt }: NewSession,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.refId === refId) return unchanged(order);
  if (!isOpen(line.booking)) {
    throw illegalBookingTransition(line, line.booking, "only a held or confirmed booking can be rescheduled");
  }
  if (!equals(unitPrice, line.unitPrice)) {
    const facts = { expected: moneyToDecimal(line.unitPrice), current: moneyToDecimal(unitPrice) };
    throw appError("PRICE_CHANGED", `a seat in that session costs ${facts.current}, not ${facts.expected}`, {
      metadata: facts,
    });
  }
  const reason = `booking ${line.id}: from session ${line.refId} to ${refId}`;
  const recorded = { ...context, entry: "BOOKING_RESCHEDULED", reason };
  return recordChange(order, {
    ...recorded,
    change: withLine(order, line, { refId, name, startsAt, endsAt }),
  });
}

/**
 * Cancels a booking, which frees its seats. An order with no other line is cancelled with it, and refunded, as long as
 * the order can be cancelled; else a refund has to be requested. Throws BOOKING_NOT_FOUND or ILLEGAL_TRANSITION.
 */
export function cancelBooking(
  order: Order,
  bookingId: string,
  cancellation: Cancellation,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.booking === "CANCELLED") return unchanged(order);
  if (!isOpen(line.booking)) {
    throw illegalBookingTransition(line, "CANCELLED", `the booking is ${line.booking} already`);
  }
  const isOnlyLine = order.items.length === 1;
  if (isOnlyLine && nextStatuses[order.status].includes("CANCELLED"))
    return cancelOrder(order, cancellation, context);
  if (line.booking === "HELD") {
    throw illegalBookingTransition(
      line,
      "CANCELLED",
      "the seats are part of an order that is not paid: cancel the order",
    );
  }
  return setBooking(order, line, "CANCELLED", context, cancellation.remark);
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

type Line = OrderItem & { readonly booking: BookingStatus };

function setBooking(
  order: Order,
  line: Line,
  booking: BookingStatus,
  context: Context,
  remark = "",
): Decision {
  const reason = remark ? `booking ${line.id}: ${remark}` : `booking ${line.id}`;
  const recorded = { ...context, entry: `BOOKING_${booking}`, reason };
  return recordChange(order, { ...recorded, change: withLine(order, line, { booking }) });
}

function withLine({ items }: Order, { id }: OrderItem, change: Partial<OrderItem>): Partial<Order> {
  return { items: items.map((item) => (item.id === id ? { ...item, ...change } : item)) };
}

function requireBooking(order: Order, id: string): Line {
  const line = order.items.find((item) => item.id === id);
  if (!line?.booking) throw appError("BOOKING_NOT_FOUND", `no booking ${id}`);
  return { ...line, booking: line.booking };
}

function illegalBookingTransition({ booking: from }: Line, to: BookingStatus, message: string) {
  const allowed = bookingTransitions[from].filter((status) => status !== to).join(",");
  return appError("ILLEGAL_TRANSITION", message, { metadata: { from, to, allowed } });
}
