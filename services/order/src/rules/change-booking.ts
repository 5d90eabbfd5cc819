import { equals, moneyToDecimal } from "@till/money";
import { cancelOrder, type Cancellation } from "./cancel.ts";
import { note, unchanged, type Context, type Decision } from "./decision.ts";
import { fail } from "./errors.ts";
import { transitions, type BookingStatus, type Order, type OrderItem } from "./order.ts";
import { bookingTransitions, isOpen } from "./booking.ts";

/** A session that a booking is to move to, as it is offered now. */
export type OtherSession = Pick<OrderItem, "refId" | "name" | "unitPrice">;

/** Moves a held or confirmed booking to another session. What it cost does not change (PRICE_CHANGED). */
export function rescheduleBooking(
  order: Order,
  bookingId: string,
  { refId, name, unitPrice }: OtherSession,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.refId === refId) return unchanged(order);
  if (!isOpen(line.booking)) refuseMove(line, line.booking, "only what is held or confirmed can be moved");
  if (!equals(unitPrice, line.unitPrice)) {
    const facts = { expected: moneyToDecimal(line.unitPrice), current: moneyToDecimal(unitPrice) };
    fail("PRICE_CHANGED", `a seat in that session costs ${facts.current}, not ${facts.expected}`, facts);
  }
  const reason = `booking ${line.id}: from session ${line.refId} to ${refId}`;
  const how = { ...context, entry: "BOOKING_RESCHEDULED", reason };
  return note(order, { ...how, change: withLine(order, line, { refId, name }) });
}

/**
 * Gives a booking's seats back. An order that has nothing else is cancelled with it, as long as an order can be, and its
 * money goes back; else the seats alone are free again, and money has to be asked for.
 */
export function cancelBooking(
  order: Order,
  bookingId: string,
  cancellation: Cancellation,
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.booking === "CANCELLED") return unchanged(order);
  if (!isOpen(line.booking)) refuseMove(line, "CANCELLED", `the booking is ${line.booking} already`);
  const isAll = order.items.length === 1;
  if (isAll && transitions[order.status].includes("CANCELLED"))
    return cancelOrder(order, cancellation, context);
  if (line.booking === "HELD") {
    refuseMove(line, "CANCELLED", "the seats are part of an order that is not paid: cancel the order");
  }
  return moveBooking(order, line, "CANCELLED", context, cancellation.remark);
}

/** Records that the seats were used, or that nobody came. */
export function endBooking(
  order: Order,
  bookingId: string,
  to: "COMPLETED" | "NO_SHOW",
  context: Context,
): Decision {
  const line = requireBooking(order, bookingId);
  if (line.booking === to) return unchanged(order);
  if (line.booking !== "CONFIRMED") refuseMove(line, to, `only what is confirmed becomes ${to}`);
  return moveBooking(order, line, to, context);
}

type Line = OrderItem & { readonly booking: BookingStatus };

function moveBooking(
  order: Order,
  line: Line,
  booking: BookingStatus,
  context: Context,
  remark = "",
): Decision {
  const reason = remark ? `booking ${line.id}: ${remark}` : `booking ${line.id}`;
  const how = { ...context, entry: `BOOKING_${booking}`, reason };
  return note(order, { ...how, change: withLine(order, line, { booking }) });
}

function withLine({ items }: Order, { id }: OrderItem, change: Partial<OrderItem>): Partial<Order> {
  return { items: items.map((item) => (item.id === id ? { ...item, ...change } : item)) };
}

function requireBooking(order: Order, id: string): Line {
  const line = order.items.find((item) => item.id === id);
  if (!line?.booking) fail("BOOKING_NOT_FOUND", `no booking ${id}`);
  return { ...line, booking: line.booking };
}

function refuseMove({ booking: from }: Line, to: BookingStatus, message: string): never {
  const allowed = bookingTransitions[from].filter((status) => status !== to);
  fail("ILLEGAL_TRANSITION", message, { from, to, allowed: allowed.join(",") });
}
