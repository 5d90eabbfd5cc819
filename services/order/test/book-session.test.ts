import { expect } from "chai";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc/errors";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { bookingDesk, lastSeat, session } from "./support/booking-desk.ts";
import { fullOf } from "./support/shopping.ts";
import { bo, buyer, orderWorld, paymentService, type OrderWorld } from "./support/order-world.ts";

describe("BookSession", () => {
  let world: OrderWorld;
  beforeEach(async () => (world = await orderWorld()));
  afterEach(() => world.stop());
  const { book, bookingOf, statusOf, reason, taken, pay } = bookingDesk(() => world);

  it("places an order of seats alone and holds them until it is paid", async () => {
    const user = buyer();
    const { booking, order, idempotentReplay } = await book(user, session, { seats: 3 });
    expect(booking).to.include({ userId: user, sessionId: session, orderId: order!.id, seats: 3 });
    expect(BookingStatus[booking!.status]).to.equal("HELD");
    expect(booking!.heldUntil).to.deep.equal(order!.expiresAt);
    expect([order!.total!.units, idempotentReplay]).to.deep.equal([75n, false]);
    expect(await taken(session)).to.equal(3);
    await pay(user, order!.id);
    const paid = await bookingOf(user, booking!.id);
    expect([BookingStatus[paid.status], paid.heldUntil]).to.deep.equal(["CONFIRMED", undefined]);
  });

  it("answers the same booking when a request is repeated, even concurrently", async () => {
    const user = buyer();
    const idempotencyKey = v7();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => book(user, session, { idempotencyKey })),
    );
    expect(new Set(answers.map(({ booking }) => booking!.id)).size).to.equal(1);
    expect(answers.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.length(1);
    expect(await taken(session)).to.equal(1);
    const items = [{ item: { case: "sessionId" as const, value: session }, quantity: 1 }];
    expect(await reason(book(user, session, { idempotencyKey, seats: 2 }))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    const otherRpc = world.as(user).createOrder({ items, idempotencyKey });
    expect(await reason(otherRpc)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("refuses more seats than are left, another price, unknown sessions and other people's names", async () => {
    const user = buyer();
    await book(user, session, { seats: 8 });
    const full = factsOf(await failureOf(book(user, session, { seats: 3 })));
    expect(full.reason).to.equal("SESSION_FULL");
    expect(full.metadata).to.deep.equal(fullOf(session, 3, 2));
    const unitPrice = { currencyCode: "EUR", units: 20n, nanos: 0 };
    expect(await reason(book(user, session, { unitPrice }))).to.equal("PRICE_CHANGED");
    expect(await reason(book(user, v7()))).to.equal("SESSION_NOT_FOUND");
    expect(await reason(book(user, session, { userId: bo }))).to.equal("PERMISSION_DENIED");
    expect(await reason(book(user, session, { idempotencyKey: "" }))).to.equal("IDEMPOTENCY_KEY_REQUIRED");
    const badPrice = { currencyCode: "EUR", units: 20n, nanos: 5 };
    const error = factsOf(await failureOf(book(user, session, { unitPrice: badPrice })));
    expect(error.reason).to.equal("INVALID_ARGUMENT");
    for (const seats of [0, -1, 1000])
      expect(await reason(book(user, session, { seats })), String(seats)).to.equal("INVALID_ARGUMENT");
    expect(await taken(session)).to.equal(8);
  });

  it("lets a service book for a user, and nobody as an admin", async () => {
    const user = buyer();
    const service = world.sessionsAs(paymentService, "service");
    const request = { sessionId: session.toUpperCase(), idempotencyKey: v7() };
    expect(await reason(service.bookSession(request))).to.equal("INVALID_ARGUMENT");
    const { booking } = await service.bookSession({ ...request, userId: user });
    expect(await statusOf(user, booking!.id)).to.equal("HELD");
    const admin = world.sessionsAs(bo, "admin").bookSession({ ...request, userId: user });
    expect(await reason(admin)).to.equal("PERMISSION_DENIED");
  });
});

describe("A hold whose time is over", () => {
  it("frees its seat in fact: somebody else gets it, and the booking is EXPIRED", async () => {
    const world = await orderWorld({ env: { TILL_ORDER_EXPIRY_SECONDS: "1", TILL_SWEEP_MS: "50" } });
    const user = buyer();
    const held = await world.sessionsAs(user).bookSession({ sessionId: lastSeat, idempotencyKey: v7() });
    const other = world.sessionsAs(bo);
    await eventually(() => other.bookSession({ sessionId: lastSeat, idempotencyKey: v7() }));
    const { booking } = await world.sessionsAs(user).getBooking({ bookingId: held.booking!.id });
    expect(BookingStatus[booking!.status]).to.equal("EXPIRED");
    const again = failureOf(world.sessionsAs(user).cancelBooking({ bookingId: booking!.id }));
    expect(reasonOf(await again)).to.equal("ILLEGAL_TRANSITION");
    await world.stop();
  });
});
