import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  clinic,
  courseLine,
  newCourse,
  newSession,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { sessionAt } from "./support/catalog.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

describe("CancelSession", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());
  const { book, bookingStatusOf, orderOf, pay } = bookingActions(() => environment);

  const cancel = (sessionId: string, more: object = {}) =>
    environment.sessionsAs(paymentService, "service").cancelSession({ sessionId, reason: "ill", ...more });
  const untilRefundPending = (user: string, orderId: string, units: bigint) =>
    eventually(async () => {
      const { status, refund } = await orderOf(user, orderId);
      expect([status, refund?.amount?.units]).to.deep.equal([OrderStatus.REFUND_PENDING, units]);
    });

  it("cancels every booking of the session with its full refund, also after it has begun", async () => {
    const sessionId = await sessionAt(environment, new Date(Date.now() + 60_000));
    const [alone, mixed, unpaid, attended, other] = Array.from({ length: 5 }, newUser) as [
      string,
      ...string[],
    ];
    const single = await book(alone, sessionId, { seats: 2 });
    await pay(alone, single.order!.id);
    const items = [courseLine(newCourse()), sessionLine(sessionId)];
    const { order: withCourse } = await environment.as(mixed!).createOrder({ items, idempotencyKey: v7() });
    await pay(mixed!, withCourse!.id);
    const held = await book(unpaid!, sessionId);
    const done = await book(attended!, sessionId);
    await pay(attended!, done.order!.id);
    const service = environment.sessionsAs(paymentService, "service");
    await service.completeBooking({ bookingId: done.booking!.id });
    const elsewhere = await book(other!, clinic);
    await environment.query("UPDATE order_items SET starts_at = now() WHERE ref_id = $1", [sessionId]);

    const request = { idempotencyKey: v7() };
    expect(await cancel(sessionId, request)).to.include({ cancelledBookings: 2, releasedHolds: 1 });
    expect(await cancel(sessionId, request)).to.include({ cancelledBookings: 2, releasedHolds: 1 });
    expect(await cancel(sessionId)).to.include({ cancelledBookings: 0, releasedHolds: 0 });

    await untilRefundPending(alone, single.order!.id, 50n);
    await untilRefundPending(mixed!, withCourse!.id, 25n);
    expect(await orderOf(unpaid!, held.order!.id)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: CancelReason.ADMIN,
    });
    expect(await bookingStatusOf(attended!, done.booking!.id)).to.equal("COMPLETED");
    expect(await bookingStatusOf(other!, elsewhere.booking!.id)).to.equal("HELD");
    expect(await seatsTaken(environment, sessionId)).to.equal(1);
  });

  it("cancels more bookings than one page has", async () => {
    const sessionId = newSession();
    const users = Array.from({ length: 60 }, newUser);
    await Promise.all(users.map((user) => book(user, sessionId)));
    expect(await cancel(sessionId)).to.include({ cancelledBookings: 0, releasedHolds: 60 });
    expect(await seatsTaken(environment, sessionId)).to.equal(0);
  });

  it("returns the first response to a repeat of its key, and rejects the key for another request", async () => {
    const sessionId = newSession();
    await book(newUser(), sessionId);
    const request = { idempotencyKey: v7() };
    await cancel(sessionId, request);
    await book(newUser(), sessionId);
    let trailer: string | null = null;
    const onTrailer = (trailers: Headers) => (trailer = trailers.get("idempotent-replay"));
    const client = environment.sessionsAs(paymentService, "service");
    const again = await client.cancelSession({ sessionId, reason: "ill", ...request }, { onTrailer });
    expect(again).to.include({ cancelledBookings: 0, releasedHolds: 1 });
    expect(trailer).to.equal("true");
    expect(await seatsTaken(environment, sessionId)).to.equal(1);
    const other = cancel(sessionId, { ...request, reason: "snow" });
    expect(await rejectionReason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("is finished by the recovery worker after a crash, with the same response to a repeat", async () => {
    const sessionId = newSession();
    const [paid, unpaid] = [newUser(), newUser()];
    const { order } = await book(paid, sessionId);
    await pay(paid, order!.id);
    const request = { idempotencyKey: v7() };
    await cancel(sessionId, request);
    await book(unpaid, sessionId);
    // As a process leaves it that has cancelled the first page and crashes.
    await environment.query(
      `UPDATE job SET result = NULL, finished_at = NULL, lease_expires_at = now() + interval '2 s' WHERE key = $1`,
      [request.idempotencyKey],
    );
    expect(await rejectionReason(cancel(sessionId, request))).to.equal("REQUEST_IN_PROGRESS");
    await eventually(async () => expect(await seatsTaken(environment, sessionId)).to.equal(0));
    await eventually(async () =>
      expect(await cancel(sessionId, request)).to.include({ cancelledBookings: 1, releasedHolds: 1 }),
    );
  });

  it("is for services and admins", async () => {
    const asUser = environment.sessionsAs(newUser()).cancelSession({ sessionId: clinic });
    expect(await rejectionReason(asUser)).to.equal("PERMISSION_DENIED");
    const asAdmin = environment.sessionsAs(newUser(), "admin").cancelSession({ sessionId: newSession() });
    expect(await asAdmin).to.include({ cancelledBookings: 0, releasedHolds: 0 });
    expect(await rejectionReason(cancel("e 2"))).to.equal("INVALID_ARGUMENT");
  });
});
