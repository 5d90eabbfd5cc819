import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  ada,
  bo,
  clinic,
  courseLine,
  eur,
  mentorHour,
  newCourse,
  newUser,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { sessionAt } from "./support/catalog.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

describe("CancelBooking", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const actions = bookingActions(() => environment);
  const { book, bookingStatusOf, orderOf, historyTypesOf, pay, completeRefund } = actions;

  const untilRefundPending = (user: string, orderId: string, units: bigint) =>
    eventually(async () => {
      const { status, refund } = await orderOf(user, orderId);
      expect([status, refund?.amount?.units]).to.deep.equal([OrderStatus.REFUND_PENDING, units]);
    });

  it("cancels an order of nothing else, and frees its seats at once", async () => {
    const user = newUser();
    const { booking, order } = await book(user, mentorHour);
    expect(await rejectionReason(book(bo, mentorHour))).to.equal("SESSION_FULL");
    const client = environment.sessionsAs(user);
    const { booking: after } = await client.cancelBooking({ bookingId: booking!.id, reason: "ill" });
    expect(BookingStatus[after!.status]).to.equal("CANCELLED");
    expect(await orderOf(user, order!.id)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: CancelReason.USER,
    });
    await book(bo, mentorHour);
    const again = await client.cancelBooking({ bookingId: booking!.id });
    expect(BookingStatus[again.booking!.status]).to.equal("CANCELLED");
    expect((await orderOf(user, order!.id)).version).to.equal(2n);
  });

  it("starts the refund of a paid order of nothing else", async () => {
    const user = newUser();
    const { booking, order } = await book(user);
    await pay(user, order!.id);
    await environment.sessionsAs(bo, "admin").cancelBooking({ bookingId: booking!.id });
    await eventually(async () => (await orderOf(user, order!.id)).status === OrderStatus.REFUND_PENDING);
    const after = await orderOf(user, order!.id);
    expect([after.cancelReason, after.refund!.amount!.units]).to.deep.equal([CancelReason.ADMIN, 25n]);
    expect(await bookingStatusOf(user, booking!.id)).to.equal("CANCELLED");
    expect(await seatsTaken(environment, clinic)).to.equal(0);
  });

  it("frees the seats of a paid order with other lines, and refunds them alone", async () => {
    const user = newUser();
    const { order } = await environment.as(user).createOrder({
      items: [courseLine(newCourse()), sessionLine(clinic, 2)],
      idempotencyKey: v7(),
    });
    const bookingId = order!.items[1]!.id;
    const client = environment.sessionsAs(user);
    const held = factsOf(await failureOf(client.cancelBooking({ bookingId })));
    expect([held.reason, held.metadata]).to.deep.equal([
      "ILLEGAL_TRANSITION",
      { from: "HELD", to: "CANCELLED", booking_id: bookingId, allowed: "" },
    ]);
    await pay(user, order!.id);
    await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
    await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
    expect(await bookingStatusOf(user, bookingId)).to.equal("CANCELLED");
    expect(await seatsTaken(environment, clinic)).to.equal(0);
    await untilRefundPending(user, order!.id, 50n);
    expect((await historyTypesOf(user, order!.id)).slice(-2)).to.deep.equal([
      "BOOKING_CANCELLED",
      "REFUND_STARTED",
    ]);
    await completeRefund(user, order!.id);
    const after = await orderOf(user, order!.id);
    expect([after.status, after.items[1]!.refunded!.units]).to.deep.equal([OrderStatus.PAID, 50n]);
    const other = client.cancelBooking({ bookingId, reason: "well", idempotencyKey: "cancel" });
    expect(await rejectionReason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("cancels one of several seats, refunds its share, and the rest with the last seat", async () => {
    const user = newUser();
    const { booking, order } = await book(user, clinic, { seats: 3 });
    const client = environment.sessionsAs(user);
    const cancel = (seats?: number, idempotencyKey = v7()) =>
      client.cancelBooking({ bookingId: booking!.id, idempotencyKey, ...(seats && { seats }) });
    expect(await rejectionReason(cancel(1))).to.equal("ILLEGAL_TRANSITION");
    await pay(user, order!.id);
    expect(await rejectionReason(cancel(4))).to.equal("INVALID_ARGUMENT");
    for (let time = 0; time < 2; time += 1) {
      const { booking: after } = await cancel(1, "one");
      expect([after!.seats, BookingStatus[after!.status]]).to.deep.equal([2, "CONFIRMED"]);
    }
    expect(await seatsTaken(environment, clinic)).to.equal(2);
    await untilRefundPending(user, order!.id, 25n);
    // The refund of another seat waits for the one under way.
    await cancel(1);
    await completeRefund(user, order!.id);
    await untilRefundPending(user, order!.id, 25n);
    expect(await rejectionReason(cancel(2))).to.equal("INVALID_ARGUMENT");
    await completeRefund(user, order!.id);
    expect((await orderOf(user, order!.id)).status).to.equal(OrderStatus.PAID);
    await cancel();
    await untilRefundPending(user, order!.id, 25n);
    await completeRefund(user, order!.id);
    const after = await orderOf(user, order!.id);
    expect([after.status, after.refunded!.units]).to.deep.equal([OrderStatus.REFUNDED, 75n]);
    expect(await seatsTaken(environment, clinic)).to.equal(0);
  });

  it("frees the seats while a refund is requested or under way, and refunds them after it", async () => {
    for (const isApproved of [false, true]) {
      const user = newUser();
      const items = [courseLine(newCourse()), sessionLine(clinic)];
      const { order } = await environment.as(user).createOrder({ items, idempotencyKey: v7() });
      const orderId = order!.id;
      const [course, seat] = order!.items.map(({ id }) => id);
      await pay(user, orderId);
      await environment.as(user).requestRefund({ orderId, reason: "too hard" });
      const approve = { orderId, items: [{ itemId: course!, amount: eur(10) }] };
      if (isApproved) await environment.as(bo, "admin").approveRefund(approve);
      const { booking } = await environment.sessionsAs(user).cancelBooking({ bookingId: seat! });
      expect(BookingStatus[booking!.status]).to.equal("CANCELLED");
      if (!isApproved) await environment.as(bo, "admin").approveRefund(approve);
      await completeRefund(user, orderId);
      await untilRefundPending(user, orderId, 25n);
      await completeRefund(user, orderId);
      expect((await orderOf(user, orderId)).status).to.equal(OrderStatus.REFUNDED);
    }
    expect(await seatsTaken(environment, clinic)).to.equal(0);
  });

  it("cancels for a service and an admin after the session has begun, and not for its buyer", async () => {
    const startsAt = new Date(Date.now() + 60_000);
    const sessionId = await sessionAt(environment, startsAt);
    for (const role of ["service", "admin"] as const) {
      const user = newUser();
      const { booking, order } = await book(user, sessionId);
      const bookingId = booking!.id;
      await pay(user, order!.id);
      const begun = "UPDATE order_items SET starts_at = now() WHERE id = $1";
      await environment.query(begun, [bookingId]);
      const late = environment.sessionsAs(user).cancelBooking({ bookingId });
      expect(await rejectionReason(late)).to.equal("ILLEGAL_TRANSITION");
      const { booking: after } = await environment.sessionsAs(bo, role).cancelBooking({ bookingId });
      expect(BookingStatus[after!.status]).to.equal("CANCELLED");
      await untilRefundPending(user, order!.id, 25n);
      expect((await orderOf(user, order!.id)).cancelReason).to.equal(CancelReason.ADMIN);
    }
  });

  it("is for the booking's user, admins and services, and rejects other users", async () => {
    const { booking } = await book(ada);
    const bookingId = booking!.id;
    expect(await rejectionReason(environment.sessionsAs(bo).cancelBooking({ bookingId }))).to.equal(
      "BOOKING_NOT_FOUND",
    );
    const text = environment.sessionsAs(ada).cancelBooking({ bookingId, reason: "\0" });
    expect(await rejectionReason(text)).to.equal("INVALID_ARGUMENT");
    expect(await bookingStatusOf(ada, bookingId)).to.equal("HELD");
  });
});
