import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  bo,
  clinic,
  mentorHour,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { fastRecovery } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken, sessionFullMetadata } from "./support/stock-and-seats.ts";

describe("BookSession", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book, bookingOf, bookingStatusOf, pay } = bookingActions(() => environment);

  it("places an order of seats alone, which are HELD until it is paid", async () => {
    const user = newUser();
    const { booking, order, idempotentReplay } = await book(user, clinic, { seats: 3 });
    expect(booking).to.include({ userId: user, sessionId: clinic, orderId: order!.id, seats: 3 });
    expect(BookingStatus[booking!.status]).to.equal("HELD");
    expect(booking!.heldUntil).to.deep.equal(order!.expiresAt);
    expect([order!.total!.units, idempotentReplay]).to.deep.equal([75n, false]);
    expect(await seatsTaken(environment, clinic)).to.equal(3);
    await pay(user, order!.id);
    const paid = await bookingOf(user, booking!.id);
    expect([BookingStatus[paid.status], paid.heldUntil]).to.deep.equal(["CONFIRMED", undefined]);
  });

  it("returns the same booking when a request is repeated, even concurrently", async () => {
    const user = newUser();
    const idempotencyKey = v7();
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => book(user, clinic, { idempotencyKey })),
    );
    expect(new Set(responses.map(({ booking }) => booking!.id)).size).to.equal(1);
    expect(responses.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.length(1);
    expect(await seatsTaken(environment, clinic)).to.equal(1);
    const items = [sessionLine(clinic, 1)];
    expect(await rejectionReason(book(user, clinic, { idempotencyKey, seats: 2 }))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    const otherRpc = environment.as(user).createOrder({ items, idempotencyKey });
    expect(await rejectionReason(otherRpc)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("rejects more seats than are left, another price, an unknown session and another user", async () => {
    const user = newUser();
    await book(user, clinic, { seats: 8 });
    const full = factsOf(await failureOf(book(user, clinic, { seats: 3 })));
    expect(full.reason).to.equal("SESSION_FULL");
    expect(full.metadata).to.deep.equal(sessionFullMetadata(clinic, 3, 2));
    const unitPrice = { currencyCode: "EUR", units: 20n, nanos: 0 };
    expect(await rejectionReason(book(user, clinic, { unitPrice }))).to.equal("PRICE_CHANGED");
    expect(await rejectionReason(book(user, v7()))).to.equal("SESSION_NOT_FOUND");
    expect(await rejectionReason(book(user, clinic, { userId: bo }))).to.equal("PERMISSION_DENIED");
    expect(await rejectionReason(book(user, clinic, { idempotencyKey: "" }))).to.equal(
      "IDEMPOTENCY_KEY_REQUIRED",
    );
    const badPrice = { currencyCode: "EUR", units: 20n, nanos: 5 };
    const error = factsOf(await failureOf(book(user, clinic, { unitPrice: badPrice })));
    expect(error.reason).to.equal("INVALID_ARGUMENT");
    for (const seats of [0, -1, 1000])
      expect(await rejectionReason(book(user, clinic, { seats })), String(seats)).to.equal(
        "INVALID_ARGUMENT",
      );
    expect(await seatsTaken(environment, clinic)).to.equal(8);
  });

  it("is for users and for services in their name, not for admins", async () => {
    const user = newUser();
    const service = environment.sessionsAs(paymentService, "service");
    const request = { sessionId: clinic.toUpperCase(), idempotencyKey: v7() };
    expect(await rejectionReason(service.bookSession(request))).to.equal("INVALID_ARGUMENT");
    const { booking } = await service.bookSession({ ...request, userId: user });
    expect(await bookingStatusOf(user, booking!.id)).to.equal("HELD");
    const admin = environment.sessionsAs(bo, "admin").bookSession({ ...request, userId: user });
    expect(await rejectionReason(admin)).to.equal("PERMISSION_DENIED");
  });
});

describe("A HELD booking whose order has expired", () => {
  it("is EXPIRED, and its seat is free for another user", async () => {
    const environment = await startOrderEnvironment({
      env: { TILL_ORDER_EXPIRY_SECONDS: "1", ...fastRecovery },
    });
    const user = newUser();
    const held = await environment
      .sessionsAs(user)
      .bookSession({ sessionId: mentorHour, idempotencyKey: v7() });
    const other = environment.sessionsAs(bo);
    await eventually(() => other.bookSession({ sessionId: mentorHour, idempotencyKey: v7() }));
    const { booking } = await environment.sessionsAs(user).getBooking({ bookingId: held.booking!.id });
    expect(BookingStatus[booking!.status]).to.equal("EXPIRED");
    const again = failureOf(environment.sessionsAs(user).cancelBooking({ bookingId: booking!.id }));
    expect(reasonOf(await again)).to.equal("ILLEGAL_TRANSITION");
    await environment.stop();
  });
});
