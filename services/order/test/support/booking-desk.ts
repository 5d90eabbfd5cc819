import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc/errors";
import { v7 } from "uuid";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { paymentService, type OrderWorld } from "./order-world.ts";

/** A session with 10 seats. */
export const session = "018f0000-0000-7000-8000-0000000000e1";
/** A session with 1 seat. */
export const lastSeat = "018f0000-0000-7000-8000-0000000000e2";

/** What tests of bookings do and look at. */
export function bookingDesk(world: () => OrderWorld) {
  const bookingOf = async (user: string, bookingId: string) =>
    (await world().sessionsAs(user).getBooking({ bookingId })).booking!;
  const orderOf = async (user: string, orderId: string) =>
    (await world().as(user).getOrder({ orderId })).order!;
  return {
    bookingOf,
    orderOf,
    book: (user: string, sessionId = session, more: object = {}) =>
      world()
        .sessionsAs(user)
        .bookSession({ sessionId, idempotencyKey: v7(), ...more }),
    statusOf: async (user: string, bookingId: string) =>
      BookingStatus[(await bookingOf(user, bookingId)).status],
    story: async (user: string, orderId: string) =>
      (await world().as(user).listOrderEvents({ orderId })).events.map(({ type }) => type),
    reason: async (call: Promise<unknown>) => reasonOf(await failureOf(call)),
    taken: async (sessionId: string): Promise<unknown> => {
      const sql = `SELECT taken FROM session_seats WHERE session_id = $1`;
      const [row] = await world().rows(sql, [sessionId]);
      return row?.["taken"] ?? 0;
    },
    /** Pays an order as the payment service would. */
    pay: async (userId: string, orderId: string): Promise<void> => {
      const { total } = await orderOf(userId, orderId);
      const paymentId = v7();
      const service = world().as(paymentService, "service");
      await service.beginPayment({ orderId, paymentId, userId, amount: total! });
      const data = { paymentId, orderId, userId, amount: Number(total!.units), currency: "EUR" };
      await world().publish("payment.processed", orderId, data);
    },
  };
}
