import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { bo, clinic, mentorHour, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { sessionFullMetadata } from "./support/stock-and-seats.ts";

describe("RescheduleBooking", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());

  const book = async (user: string, sessionId: string, seats = 1) =>
    (await environment.sessionsAs(user).bookSession({ sessionId, seats, idempotencyKey: v7() })).booking!;
  const move = (user: string, bookingId: string, sessionId: string, idempotencyKey = "") =>
    environment.sessionsAs(user).rescheduleBooking({ bookingId, sessionId, idempotencyKey });

  /** The taken seats by session, checked against the bookings. */
  async function seats(): Promise<Record<string, number>> {
    const rows = await environment.query(
      `SELECT session_id, taken, (SELECT COALESCE(sum(quantity), 0)::int FROM order_items
                WHERE ref_id = session_id AND booking_status NOT IN ('CANCELLED', 'EXPIRED')) AS booked
         FROM session_seats`,
    );
    for (const { session_id, taken, booked } of rows) expect(taken, String(session_id)).to.equal(booked);
    return Object.fromEntries(rows.map(({ session_id, taken }) => [String(session_id), Number(taken)]));
  }

  it("moves a booking to another session of the same price, and publishes it", async () => {
    const user = newUser();
    const published: unknown[] = [];
    await environment.bus.subscribe({
      group: "test",
      topics: ["order.events"],
      onBatch: (records) => {
        const held = records.filter(({ headers }) => headers["ce_type"] === "session.held");
        published.push(...held.map(({ value }) => JSON.parse(value) as unknown));
        return Promise.resolve();
      },
    });
    const { id, orderId } = await book(user, clinic);
    const { booking } = await move(user, id.toUpperCase(), mentorHour.toUpperCase());
    expect(booking).to.include({ id, sessionId: mentorHour, status: BookingStatus.HELD });
    expect(await seats()).to.deep.equal({ [clinic]: 0, [mentorHour]: 1 });
    await eventually(() => published.length === 2);
    expect(published[1]).to.include({ bookingId: id, sessionId: mentorHour, previousSessionId: clinic });
    const { order } = await environment.as(user).getOrder({ orderId });
    expect([order!.items[0]!.item.value, order!.total!.units, order!.version]).to.deep.equal([
      mentorHour,
      25n,
      2n,
    ]);
    const { events } = await environment.as(user).listOrderEvents({ orderId });
    expect(events.at(-1)).to.include({
      type: "BOOKING_RESCHEDULED",
      reason: `booking ${id}: from session ${clinic} to ${mentorHour}`,
      actor: `user:${user}`,
    });
  });

  it("changes nothing where the booking is there already, nor when repeated with its key", async () => {
    const user = newUser();
    const { id } = await book(user, clinic);
    const first = await move(user, id, mentorHour, "move");
    // The repeat succeeds though the session is full by now.
    const second = await move(user, id, mentorHour, "move");
    expect(second.booking).to.deep.equal(first.booking);
    const third = await move(user, id, mentorHour);
    expect(third.booking).to.deep.equal(first.booking);
    expect(await rejectionReason(move(user, id, clinic, "move"))).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await seats()).to.deep.equal({ [clinic]: 0, [mentorHour]: 1 });
  });

  it("rejects a full session and changes nothing", async () => {
    await book(bo, mentorHour);
    const user = newUser();
    const { id, orderId } = await book(user, clinic, 2);
    const full = factsOf(await failureOf(move(user, id, mentorHour)));
    expect(full.reason).to.equal("SESSION_FULL");
    expect(full.metadata).to.deep.equal(sessionFullMetadata(mentorHour, 2, 0));
    const { booking } = await environment.sessionsAs(user).getBooking({ bookingId: id });
    expect([booking!.sessionId, booking!.seats]).to.deep.equal([clinic, 2]);
    const { events } = await environment.as(user).listOrderEvents({ orderId });
    expect(events).to.have.length(1);
    expect(await seats()).to.deep.equal({ [clinic]: 2, [mentorHour]: 1 });
  });

  it("rejects another price, an unknown session, a cancelled booking and another user's", async () => {
    const user = newUser();
    const { id } = await book(user, clinic);
    expect(await rejectionReason(move(user, id, v7()))).to.equal("SESSION_NOT_FOUND");
    expect(await rejectionReason(move(bo, id, mentorHour))).to.equal("BOOKING_NOT_FOUND");
    expect(await rejectionReason(move(user, v7(), mentorHour))).to.equal("BOOKING_NOT_FOUND");
    expect(await rejectionReason(move(user, id, "e2"))).to.equal("SESSION_NOT_FOUND");
    expect(await rejectionReason(move(user, id, "e 2"))).to.equal("INVALID_ARGUMENT");
    const service = environment.sessionsAs(paymentService, "service");
    const asService = service.rescheduleBooking({ bookingId: id, sessionId: mentorHour });
    expect(await rejectionReason(asService)).to.equal("PERMISSION_DENIED");
    await environment.query(
      `UPDATE order_items SET unit_price_minor = 2000, paid_minor = 2000 WHERE id = $1`,
      [id],
    );
    const changed = factsOf(await failureOf(move(user, id, mentorHour)));
    expect([changed.reason, changed.metadata]).to.deep.equal([
      "PRICE_CHANGED",
      { expected: "20.00", current: "25.00" },
    ]);
    await environment.sessionsAs(user).cancelBooking({ bookingId: id });
    expect(await rejectionReason(move(user, id, mentorHour))).to.equal("ILLEGAL_TRANSITION");
  });

  it("gives the last seat to exactly one of ten concurrent calls", async () => {
    const users = Array.from({ length: 10 }, newUser);
    const bookings = await Promise.all(users.map((user) => book(user, clinic)));
    const calls = await Promise.allSettled(bookings.map(({ id, userId }) => move(userId, id, mentorHour)));
    const reasons = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(reasons).to.deep.equal(Array(9).fill("SESSION_FULL"));
    expect(await seats()).to.deep.equal({ [clinic]: 9, [mentorHour]: 1 });
  });

  it("never loses or doubles a seat while bookings are made, rescheduled and cancelled at once", async function () {
    const users = Array.from({ length: 12 }, newUser);
    await Promise.all(
      users.map(async (user, index) => {
        const client = environment.sessionsAs(user);
        for (let round = 0; round < 8; round += 1) {
          const sessionId = (index + round) % 3 === 0 ? mentorHour : clinic;
          const to = sessionId === clinic ? mentorHour : clinic;
          const request = { sessionId, idempotencyKey: v7() };
          const booked = await client.bookSession(request).catch(ignoring("SESSION_FULL"));
          if (!booked) continue;
          const bookingId = booked.booking!.id;
          await Promise.all([
            client
              .rescheduleBooking({ bookingId, sessionId: to })
              .catch(ignoring("SESSION_FULL", "ILLEGAL_TRANSITION")),
            round < 7 && client.cancelBooking({ bookingId }),
          ]);
        }
      }),
    );
    const left = await seats();
    expect(left[mentorHour]).to.be.at.most(1);
    expect(left[clinic]).to.be.at.most(10);
  });

  const ignoring =
    (...reasons: string[]) =>
    (error: unknown) => {
      expect(reasonOf(error)).to.be.oneOf(reasons);
      return undefined;
    };
});
