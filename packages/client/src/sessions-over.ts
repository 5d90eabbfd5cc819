import {
  BookingStatus,
  SessionService,
  type Booking as ProtoBooking,
} from "@till/gen/till/session/v1/session_service_pb";
import type { Calls } from "./calls.ts";
import { listOver } from "./list.ts";
import { orderFrom } from "./order-conversion.ts";
import type { Booking, Sessions } from "./sessions.ts";
import {
  dateFrom,
  nameFrom,
  optionalProtoMoney,
  required,
  requiredDateFrom,
  withoutUndefined,
} from "./values.ts";

const rpc = SessionService.method;

/** Sessions over calls on the order service, which serves them. */
export function sessionsOver(calls: Calls): Sessions {
  return {
    async book({ sessionId, seats, userId = "", unitPrice }, options) {
      const request = {
        sessionId,
        userId,
        ...(seats !== undefined && { seats }),
        unitPrice: optionalProtoMoney(unitPrice, "unit_price"),
      };
      const response = await calls.command(rpc.bookSession, request, options);
      const { idempotentReplay } = response;
      return { booking: bookingFrom(response.booking), order: orderFrom(response.order), idempotentReplay };
    },
    async get(bookingId, options) {
      return bookingFrom((await calls.query(rpc.getBooking, { bookingId }, options)).booking);
    },
    list(filter = {}) {
      const { userId = "", sessionId = "", pageSize = 0 } = filter;
      const statuses = (filter.statuses ?? []).map((status) => BookingStatus[status]);
      return listOver(async (pageToken) => {
        const request = { userId, sessionId, statuses, pageSize, pageToken };
        const { bookings, nextPageToken } = await calls.query(rpc.listBookings, request, filter);
        return { items: bookings.map(bookingFrom), nextPageToken };
      });
    },
    async reschedule(bookingId, { sessionId }, options) {
      return bookingFrom(
        (await calls.command(rpc.rescheduleBooking, { bookingId, sessionId }, options)).booking,
      );
    },
    async cancel(bookingId, { seats, reason = "", ...options } = {}) {
      const request = { bookingId, reason, ...(seats !== undefined && { seats }) };
      return bookingFrom((await calls.command(rpc.cancelBooking, request, options)).booking);
    },
    async cancelSession(sessionId, { reason = "", ...options } = {}) {
      const response = await calls.command(rpc.cancelSession, { sessionId, reason }, options);
      return { cancelledBookings: response.cancelledBookings, releasedHolds: response.releasedHolds };
    },
    async complete(bookingId, options) {
      return bookingFrom((await calls.command(rpc.completeBooking, { bookingId }, options)).booking);
    },
    async markNoShow(bookingId, options) {
      return bookingFrom((await calls.command(rpc.markNoShow, { bookingId }, options)).booking);
    },
  };
}

function bookingFrom(booking: ProtoBooking | undefined): Booking {
  const fields = required(booking);
  return withoutUndefined<Booking>({
    id: fields.id,
    userId: fields.userId,
    sessionId: fields.sessionId,
    orderId: fields.orderId,
    status: nameFrom(BookingStatus, fields.status),
    seats: fields.seats,
    heldUntil: dateFrom(fields.heldUntil),
    createdAt: requiredDateFrom(fields.createdAt),
    updatedAt: requiredDateFrom(fields.updatedAt),
  });
}
