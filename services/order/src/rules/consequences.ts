import { equals } from "@till/money";
import { holdsSeats, isOpen } from "./booking.ts";
import type { BookingEvent, Decision, OrderEvent } from "./decision.ts";
import {
  isAwaitingPayment,
  isOver,
  subtotal,
  type BookingStatus,
  type Order,
  type OrderItem,
  type StockState,
} from "./order.ts";

/**
 * What follows from any change by itself: the seats of a paid order are confirmed, those of an order that is over are
 * given back, and others are told. `before` is undefined for a new order.
 */
export function withConsequences(before: Order | undefined, decision: Decision): Decision {
  const { order } = decision;
  if (!order.items.some(({ kind }) => kind === "SESSION") || decision.history.length === 0) return decision;
  const items = order.items.map((item) => ({ ...item, booking: bookingAfter(order, item) }));
  const next = { ...order, items };
  const earlier = new Map(before?.items.map((item) => [item.id, item]));
  const facts = items.flatMap((item): OrderEvent[] => {
    const was = earlier.get(item.id);
    const movedFrom = was && was.refId !== item.refId ? was.refId : undefined;
    const isSame = item.booking === was?.booking && movedFrom === undefined;
    const type = item.booking && !isSame ? bookingEvents[item.booking] : undefined;
    return type ? [{ type, order: next, item, movedFrom }] : [];
  });
  const isLast = (event: OrderEvent) => (event.order === order ? { ...event, order: next } : event);
  return { ...decision, order: next, events: [...decision.events.map(isLast), ...facts] };
}

/** Whether a line keeps its buyer from buying the same again: it was neither cancelled nor given back. */
export function isLive(order: Order, item: OrderItem): boolean {
  return !isOver(order) && !isGivenBack(item);
}

/** What the inventory still has to do for an order's goods, so that they agree with it (spec C14). */
export function stockDue(order: Order): "COMMIT" | "RELEASE" | undefined {
  if (order.stock === undefined || order.stock === "RELEASED") return undefined;
  const wanted = stockWanted(order);
  if (wanted === "RELEASED") return "RELEASE";
  return wanted === "COMMITTED" && order.stock === "RESERVED" ? "COMMIT" : undefined;
}

/** Goods that have left stay gone, unless they came back. */
function stockWanted(order: Order): StockState {
  if (isAwaitingPayment(order.status)) return "RESERVED";
  if (!isOver(order)) return "COMMITTED";
  const hasLeft = order.shipment !== undefined || order.deliveredAt !== undefined;
  return hasLeft && order.returnedAt === undefined ? "COMMITTED" : "RELEASED";
}

function bookingAfter(order: Order, item: OrderItem): BookingStatus | undefined {
  const { booking, kind } = item;
  if (kind !== "SESSION") return undefined;
  if (booking === undefined) return "HELD";
  if (isOpen(booking) && !isLive(order, item))
    return order.cancelReason === "EXPIRED" ? "EXPIRED" : "CANCELLED";
  return booking === "HELD" && !isAwaitingPayment(order.status) ? "CONFIRMED" : booking;
}

/** Whether a line's whole price went back. */
export function isGivenBack(item: OrderItem): boolean {
  return item.refunded.minorUnits > 0n && equals(item.refunded, subtotal(item));
}

/** How many seats of each session a change takes (more than 0) or gives back (less). */
export function seatChanges(before: Order | undefined, after: Order): Map<string, number> {
  const seats = new Map<string, number>();
  const count = (items: readonly OrderItem[], sign: number) => {
    for (const { refId, quantity, booking } of items) {
      if (holdsSeats(booking)) seats.set(refId, (seats.get(refId) ?? 0) + sign * quantity);
    }
  };
  count(after.items, 1);
  count(before?.items ?? [], -1);
  return new Map([...seats].filter(([, change]) => change !== 0));
}

const bookingEvents: Readonly<Record<BookingStatus, BookingEvent | undefined>> = {
  HELD: "session.held",
  CONFIRMED: "session.confirmed",
  COMPLETED: "session.completed",
  NO_SHOW: undefined,
  CANCELLED: "session.cancelled",
  EXPIRED: "session.expired",
};
