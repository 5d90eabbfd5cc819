import type { CallOptions, CommandOptions } from "./call-options.ts";
import type { List, ListOptions } from "./list.ts";
import type { Money } from "./money.ts";
import type { Order } from "./order.ts";

/** Status of a booking: HELD until its order is paid, then CONFIRMED, then COMPLETED or NO_SHOW. */
export type BookingStatus =
  "HELD" | "CONFIRMED" | "COMPLETED" | "NO_SHOW" | "CANCELLED" | "EXPIRED" | "UNRECOGNIZED";

/** The seats of one order line. */
export type Booking = {
  readonly id: string;
  /** The owner. */
  readonly userId: string;
  readonly sessionId: string;
  readonly orderId: string;
  readonly status: BookingStatus;
  /** Number of seats, without those that were cancelled while others stayed booked. */
  readonly seats: number;
  /** When the seats of an unpaid order are released. */
  readonly heldUntil?: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Seats to book. */
export type NewBooking = {
  readonly sessionId: string;
  /** 1 to 999. Left out: 1. */
  readonly seats?: number | undefined;
  /** The buyer. A user may leave it out and buys for itself; a service must name the user. */
  readonly userId?: string | undefined;
  /** The price of a seat that the buyer was shown. PRICE_CHANGED if the current price differs. */
  readonly unitPrice?: Money | undefined;
};

/** A booking with the order to pay. */
export type CreatedBooking = {
  readonly booking: Booking;
  readonly order: Order;
  /** Whether an earlier call with the same key created it. */
  readonly idempotentReplay: boolean;
};

/** Which bookings to list. */
export type BookingFilter = ListOptions & {
  /** The owner. A user lists its own bookings; left out by an admin or a service: every user's. */
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly statuses?: readonly Exclude<BookingStatus, "UNRECOGNIZED">[] | undefined;
};

/** Bookings of seats in sessions. A booking is one line of an order. */
export type Sessions = {
  /** Creates an order for seats and holds them: pay `order` to confirm the booking. Rejected with SESSION_FULL. */
  book(booking: NewBooking, options?: CommandOptions): Promise<CreatedBooking>;

  /** Returns one booking. */
  get(bookingId: string, options?: CallOptions): Promise<Booking>;

  /** Lists bookings, newest first, as they are read page by page. */
  list(filter?: BookingFilter): List<Booking>;

  /** Moves a booking to another session of the same price. */
  reschedule(
    bookingId: string,
    to: { readonly sessionId: string },
    options?: CommandOptions,
  ): Promise<Booking>;

  /** Cancels a booking, or some of its seats. What was paid for them is refunded. */
  cancel(
    bookingId: string,
    options?: CommandOptions & { readonly seats?: number; readonly reason?: string },
  ): Promise<Booking>;

  /** Cancels every open booking of a session that does not take place. For services and admins. */
  cancelSession(
    sessionId: string,
    options?: CommandOptions & { readonly reason?: string },
  ): Promise<CancelledSession>;

  /** Records that the owner attended. For services and admins. */
  complete(bookingId: string, options?: CommandOptions): Promise<Booking>;

  /** Records that the owner did not attend. For services and admins. */
  markNoShow(bookingId: string, options?: CommandOptions): Promise<Booking>;
};

/** What a session's cancellation has done. */
export type CancelledSession = {
  /** Number of confirmed bookings that were cancelled. What was paid for them is refunded. */
  readonly cancelledBookings: number;
  /** Number of held bookings that were cancelled, with their unpaid orders. */
  readonly releasedHolds: number;
};
