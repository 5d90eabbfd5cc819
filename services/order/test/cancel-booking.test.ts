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
  mentorHour,
  newCourse,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

describe("CancelBooking", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book, bookingStatusOf, orderOf, historyTypesOf, pay } = bookingActions(() => environment);

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

  it("frees the seats of a paid order with other lines, and starts no refund", async () => {
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
      { from: "HELD", to: "CANCELLED", allowed: "CONFIRMED,EXPIRED" },
    ]);
    await pay(user, order!.id);
    await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
    await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
    expect(await bookingStatusOf(user, bookingId)).to.equal("CANCELLED");
    expect(await seatsTaken(environment, clinic)).to.equal(0);
    const after = await orderOf(user, order!.id);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect((await historyTypesOf(user, after.id)).at(-1)).to.equal("BOOKING_CANCELLED");
    const other = client.cancelBooking({ bookingId, reason: "well", idempotencyKey: "cancel" });
    expect(await rejectionReason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("is for the booking's user and admins, and rejects other users", async () => {
    const { booking } = await book(ada);
    const bookingId = booking!.id;
    expect(await rejectionReason(environment.sessionsAs(bo).cancelBooking({ bookingId }))).to.equal(
      "BOOKING_NOT_FOUND",
    );
    const service = environment.sessionsAs(paymentService, "service").cancelBooking({ bookingId });
    expect(await rejectionReason(service)).to.equal("PERMISSION_DENIED");
    const text = environment.sessionsAs(ada).cancelBooking({ bookingId, reason: "\0" });
    expect(await rejectionReason(text)).to.equal("INVALID_ARGUMENT");
    expect(await bookingStatusOf(ada, bookingId)).to.equal("HELD");
  });
});
