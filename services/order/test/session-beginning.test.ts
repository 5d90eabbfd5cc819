import { timestampDate } from "@bufbuild/protobuf/wkt";
import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  bo,
  courseLine,
  eur,
  newCourse,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { sessionAt } from "./support/catalog.ts";
import { fastRecovery, hourMs, withoutRecovery } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

const minuteMs = 60_000;

describe("The beginning of a session", () => {
  let environment: OrderEnvironment;
  let passedMs = 0;
  const now = () => new Date(Date.now() + passedMs);
  before(async () => (environment = await startOrderEnvironment({ env: withoutRecovery, now })));
  beforeEach(() => (passedMs = 0));
  after(() => environment.stop());
  const { book, bookingOf, orderOf, pay } = bookingActions(() => environment);

  const at = (inMs: number) => new Date(Math.ceil((Date.now() + inMs) / 1000) * 1000);
  const linesOf = async (user: string, orderId: string) => (await orderOf(user, orderId)).items;
  const timesOf = async (user: string, orderId: string) => {
    const { startsAt, endsAt } = (await linesOf(user, orderId))[0]!;
    return [startsAt && timestampDate(startsAt), endsAt && timestampDate(endsAt)];
  };
  const beginPayment = (orderId: string, userId: string) =>
    environment
      .as(paymentService, "service")
      .beginPayment({ orderId, userId, paymentId: v7(), amount: eur(25) });

  it("is kept by the order line, with its end, and follows the booking to another session", async () => {
    const user = newUser();
    const [first, second] = [at(2 * hourMs), at(5 * hourMs)];
    const { booking, order } = await book(user, await sessionAt(environment, first));
    expect(await timesOf(user, order!.id)).to.deep.equal([first, new Date(first.getTime() + hourMs)]);
    const sessionId = await sessionAt(environment, second, { ends_at: null });
    await environment.sessionsAs(user).rescheduleBooking({ bookingId: booking!.id, sessionId });
    expect(await timesOf(user, order!.id)).to.deep.equal([second, undefined]);
  });

  it("ends bookings: one that has begun, or that its organiser has cancelled, cannot be booked", async () => {
    const begun = await sessionAt(environment, at(-minuteMs));
    expect(await rejectionReason(book(newUser(), begun))).to.equal("SESSION_UNAVAILABLE");
    const cancelled = await sessionAt(environment, at(hourMs), { cancelled: true });
    expect(await rejectionReason(book(newUser(), cancelled))).to.equal("SESSION_UNAVAILABLE");
  });

  it("ends an unpaid hold before the order's own expiry, and all ways to pay it", async () => {
    const user = newUser();
    const startsAt = at(10 * minuteMs);
    const { booking, order } = await book(user, await sessionAt(environment, startsAt));
    expect(timestampDate(booking!.heldUntil!)).to.deep.equal(startsAt);
    expect(timestampDate(order!.expiresAt!)).to.deep.equal(startsAt);
    const failed = await book(user, await sessionAt(environment, startsAt));
    const { paymentId } = (await beginPayment(failed.order!.id, user)).order!;
    const decline = { failureCode: "insufficient_funds", failureReason: "no money", retryable: true };
    const payment = { paymentId, orderId: failed.order!.id, userId: user, amount: 25, currency: "EUR" };
    await environment.publish("payment.failed", failed.order!.id, { ...payment, ...decline });
    passedMs = 11 * minuteMs;
    const late = await rejectionOf(beginPayment(order!.id, user));
    expect([late.reason, late.metadata.status]).to.deep.equal(["ORDER_NOT_PAYABLE", "EXPIRED"]);
    const retry = () => environment.as(user).retryPayment({ orderId: failed.order!.id });
    expect(await rejectionReason(retry())).to.equal("ORDER_NOT_PAYABLE");
    await environment.as(paymentService, "service").expireOrder({ orderId: failed.order!.id });
    expect(await rejectionReason(retry())).to.equal("ORDER_NOT_PAYABLE");
  });

  it("frees the seats of an unpaid hold", async () => {
    const other = await startOrderEnvironment({ env: fastRecovery, now });
    const actions = bookingActions(() => other);
    const user = newUser();
    const sessionId = await sessionAt(other, at(10 * minuteMs));
    const { booking, order } = await actions.book(user, sessionId);
    passedMs = 11 * minuteMs;
    await eventually(async () => (await actions.bookingStatusOf(user, booking!.id)) === "EXPIRED");
    expect(await seatsTaken(other, sessionId)).to.equal(0);
    expect((await actions.orderOf(user, order!.id)).cancelReason).to.equal(CancelReason.EXPIRED);
    await other.stop();
  });

  it("holds a rescheduled booking as long as the new session allows", async () => {
    const user = newUser();
    const [early, late] = [at(10 * minuteMs), at(5 * hourMs)];
    const { booking, order } = await book(user, await sessionAt(environment, late));
    const whole = timestampDate(order!.expiresAt!);
    const client = environment.sessionsAs(user);
    const bookingId = booking!.id;
    const heldUntil = async () => timestampDate((await bookingOf(user, bookingId)).heldUntil!);
    await client.rescheduleBooking({ bookingId, sessionId: await sessionAt(environment, early) });
    expect(await heldUntil()).to.deep.equal(early);
    await client.rescheduleBooking({ bookingId, sessionId: await sessionAt(environment, late) });
    expect(await heldUntil()).to.deep.equal(whole);
  });

  it("ends a buyer's RescheduleBooking, and not an admin's", async () => {
    const user = newUser();
    const { booking, order } = await book(user, await sessionAt(environment, at(10 * minuteMs)));
    await pay(user, order!.id);
    passedMs = 11 * minuteMs;
    const move = { bookingId: booking!.id, sessionId: await sessionAt(environment, at(5 * hourMs)) };
    const late = await rejectionOf(environment.sessionsAs(user).rescheduleBooking(move));
    expect([late.reason, late.metadata.from]).to.deep.equal(["ILLEGAL_TRANSITION", "CONFIRMED"]);
    const moved = await environment.sessionsAs(bo, "admin").rescheduleBooking(move);
    expect(moved.booking!.status).to.equal(BookingStatus.CONFIRMED);
  });

  it("ends a buyer's RescheduleBooking earlier where the deployment says so", async () => {
    const env = { TILL_BOOKING_CHANGE_CUTOFF_SECONDS: "3600", ...withoutRecovery };
    const strict = await startOrderEnvironment({ env });
    const user = newUser();
    const { booking } = await bookingActions(() => strict).book(
      user,
      await sessionAt(strict, at(hourMs / 2)),
    );
    const move = { bookingId: booking!.id, sessionId: await sessionAt(strict, at(5 * hourMs)) };
    const late = strict.sessionsAs(user).rescheduleBooking(move);
    expect(await rejectionReason(late)).to.equal("ILLEGAL_TRANSITION");
    await strict.stop();
  });

  it("ends a buyer's CancelOrder of a paid order, and not an admin's", async () => {
    const user = newUser();
    const items = [courseLine(newCourse()), sessionLine(await sessionAt(environment, at(10 * minuteMs)))];
    const { order } = await environment.as(user).createOrder({ items, idempotencyKey: v7() });
    const orderId = order!.id;
    await pay(user, orderId);
    passedMs = 11 * minuteMs;
    const late = await rejectionOf(environment.as(user).cancelOrder({ orderId }));
    expect([late.reason, late.metadata.from]).to.deep.equal(["ILLEGAL_TRANSITION", "PAID"]);
    await environment.as(user).requestRefund({ orderId, reason: "no time" });
    await environment.as(user).closeRefund({ orderId });
    const { order: cancelled } = await environment.as(bo, "admin").cancelOrder({ orderId });
    expect(cancelled!.status).to.equal(OrderStatus.CANCELLED);
  });

  it("says both amounts and currencies where the new session is sold in another currency", async () => {
    const user = newUser();
    const { booking } = await book(user, await sessionAt(environment, at(hourMs)));
    const sessionId = await sessionAt(environment, at(hourMs), { currency: "USD" });
    const move = environment.sessionsAs(user).rescheduleBooking({ bookingId: booking!.id, sessionId });
    const error = await failureOf(move);
    const { reason, metadata } = factsOf(error);
    expect(reason).to.equal("CURRENCY_MISMATCH");
    expect(metadata).to.deep.equal({
      expected: "EUR",
      got: "USD",
      expected_amount: "25.00",
      got_amount: "25.00",
    });
    expect(error.message).to.include("25.00 USD").and.to.include("25.00 EUR");
  });
});
