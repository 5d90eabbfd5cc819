import { holdsSeats, isOpen, seatsOf } from "./booking.ts";
import type { BookingEvent, OrderEvent } from "./order-event.ts";
import { isAwaitingPayment, isLive, type BookingStatus, type Order, type OrderItem } from "./order.ts";

/**
 * Derives the bookings of a changed order: those of a new order are held, those of a paid one confirmed, those of one
 * that is over cancelled or expired. Returns the order with its bookings, and an event for each booking that changed.
 * `before` is undefined for a new order.
 */
export function deriveBookings(
  before: Order | undefined,
  changed: Order,
): { readonly order: Order; readonly events: readonly OrderEvent[] } {
  if (!changed.items.some(({ kind }) => kind === "SESSION")) return { order: changed, events: [] };
  const items = changed.items.map((item) => ({ ...item, booking: bookingAfter(changed, item) }));
  const order = { ...changed, items };
  const earlier = new Map(before?.items.map((item) => [item.id, item]));
  const events = items.flatMap((item): OrderEvent[] => {
    const was = earlier.get(item.id);
    const movedFrom = was && was.refId !== item.refId ? was.refId : undefined;
    const isSame =
      item.booking === was?.booking && movedFrom === undefined && seatsOf(item) === seatsOf(was ?? item);
    const type = item.booking && !isSame ? bookingEvents[item.booking] : undefined;
    return type ? [{ type, order, item, movedFrom }] : [];
  });
  return { order, events };
}

/** How many seats of each session a change takes (more than 0) or frees (less than 0). */
export function deriveSeatChanges(before: Order | undefined, after: Order): Map<string, number> {
  const seats = new Map<string, number>();
  const count = (items: readonly OrderItem[], sign: number) => {
    for (const item of items) {
      const { refId, booking } = item;
      if (holdsSeats(booking)) seats.set(refId, (seats.get(refId) ?? 0) + sign * seatsOf(item));
    }
  };
  count(after.items, 1);
  count(before?.items ?? [], -1);
  return new Map([...seats].filter(([, change]) => change !== 0));
}

function bookingAfter(order: Order, item: OrderItem): BookingStatus | undefined {
  const { booking, kind } = item;
  if (kind !== "SESSION") return undefined;
  if (booking === undefined) return "HELD";
  if (isOpen(booking) && !isLive(order, item))
    return order.cancelReason === "EXPIRED" ? "EXPIRED" : "CANCELLED";
  return booking === "HELD" && !isAwaitingPayment(order.status) ? "CONFIRMED" : booking;
}

const bookingEvents: Readonly<Record<BookingStatus, BookingEvent | undefined>> = {
  HELD: "session.held",
  CONFIRMED: "session.confirmed",
  COMPLETED: "session.completed",
  NO_SHOW: undefined,
  CANCELLED: "session.cancelled",
  EXPIRED: "session.expired",
};
