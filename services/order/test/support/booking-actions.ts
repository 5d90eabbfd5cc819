import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { v7 } from "uuid";
import { clinic, paymentService } from "../../../../test/support/fixtures.ts";
import type { OrderEnvironment } from "./order-service.ts";

/** What tests of bookings do and read. */
export function bookingActions(environment: () => OrderEnvironment) {
  const bookingOf = async (user: string, bookingId: string) =>
    (await environment().sessionsAs(user).getBooking({ bookingId })).booking!;
  const orderOf = async (user: string, orderId: string) =>
    (await environment().as(user).getOrder({ orderId })).order!;
  return {
    bookingOf,
    orderOf,
    book: (user: string, sessionId = clinic, more: object = {}) =>
      environment()
        .sessionsAs(user)
        .bookSession({ sessionId, idempotencyKey: v7(), ...more }),
    bookingStatusOf: async (user: string, bookingId: string) =>
      BookingStatus[(await bookingOf(user, bookingId)).status],
    /** The types of an order's history. */
    historyTypesOf: async (user: string, orderId: string) =>
      (await environment().as(user).listOrderEvents({ orderId })).events.map(({ type }) => type),
    /** Pays an order as the payment service would. */
    pay: async (userId: string, orderId: string): Promise<void> => {
      const { total } = await orderOf(userId, orderId);
      const paymentId = v7();
      const service = environment().as(paymentService, "service");
      await service.beginPayment({ orderId, paymentId, userId, amount: total! });
      const data = { paymentId, orderId, userId, amount: Number(total!.units), currency: "EUR" };
      await environment().publish("payment.processed", orderId, data);
    },
    /** Publishes the success of an order's approved refund, as the payment service would. */
    completeRefund: async (userId: string, orderId: string): Promise<void> => {
      const { paymentId, refund } = await orderOf(userId, orderId);
      const { id: orderRefundId, amount } = refund!;
      const data = { paymentId, orderId, userId, orderRefundId, currency: "EUR" };
      await environment().publish("payment.refunded", orderId, { ...data, amount: Number(amount!.units) });
    },
  };
}
