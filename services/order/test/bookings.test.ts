import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { reasonOf } from "@till/rpc";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { ada, anyCourse, bo, buyer, orderWorld, paymentService, type OrderWorld } from "./order-world.ts";

const session = "018f0000-0000-7000-8000-0000000000e1"; // 10 seats
const lastSeat = "018f0000-0000-7000-8000-0000000000e2"; // 1 seat

describe("Booking sessions", () => {
  let world: OrderWorld;
  beforeEach(async () => (world = await orderWorld()));
  afterEach(() => world.stop());

  const book = (user: string, sessionId = session, more: object = {}) =>
    world.sessionsAs(user).bookSession({ sessionId, idempotencyKey: v7(), ...more });
  const bookingOf = async (user: string, bookingId: string) =>
    (await world.sessionsAs(user).getBooking({ bookingId })).booking!;
  const statusOf = async (user: string, bookingId: string) =>
    BookingStatus[(await bookingOf(user, bookingId)).status];
  const orderOf = async (user: string, orderId: string) =>
    (await world.as(user).getOrder({ orderId })).order!;
  const story = async (user: string, orderId: string) =>
    (await world.as(user).listOrderEvents({ orderId })).events.map(({ type }) => type);
  const reason = async (call: Promise<unknown>) => reasonOf(await failureOf(call));
  async function taken(sessionId: string): Promise<unknown> {
    const [row] = await world.rows(`SELECT taken FROM session_seats WHERE session_id = $1`, [sessionId]);
    return row?.["taken"] ?? 0;
  }
  /** Pays an order as the payment service would. */
  async function pay(user: string, orderId: string): Promise<void> {
    const { total } = await orderOf(user, orderId);
    const paymentId = v7();
    await world
      .as(paymentService, "service")
      .beginPayment({ orderId, paymentId, userId: user, amount: total! });
    const amount = Number(total!.units);
    await world.publish("payment.processed", orderId, {
      paymentId,
      orderId,
      userId: user,
      amount,
      currency: "EUR",
    });
  }

  describe("BookSession", () => {
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
      expect(full.metadata).to.deep.equal({ id: session, wanted: "3", available: "2" });
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

  describe("GetBooking and ListBookings", () => {
    it("show a booking to its user, to admins and to services, and to nobody else", async () => {
      const { booking } = await book(ada);
      const bookingId = booking!.id.toUpperCase();
      const known = [
        world.sessionsAs(ada),
        world.sessionsAs(bo, "admin"),
        world.sessionsAs(paymentService, "service"),
      ];
      for (const client of known) {
        expect((await client.getBooking({ bookingId })).booking!.id).to.equal(booking!.id);
      }
      const { order } = await world.as(ada).createOrder({
        items: [{ item: { case: "courseId", value: anyCourse() } }],
        idempotencyKey: v7(),
      });
      const noBooking = [
        [bo, bookingId],
        [ada, v7()],
        [ada, order!.items[0]!.id],
      ] as const;
      for (const [user, id] of noBooking) {
        const error = await failureOf(world.sessionsAs(user).getBooking({ bookingId: id }));
        expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "BOOKING_NOT_FOUND"]);
      }
      const bad = await reason(world.sessionsAs(ada).getBooking({ bookingId: "1; DROP TABLE orders" }));
      expect(bad).to.equal("INVALID_ARGUMENT");
    });

    it("list newest first, page after page, narrowed by session and status", async () => {
      const user = buyer();
      const client = world.sessionsAs(user);
      const placed: string[] = [];
      for (let number = 0; number < 5; number += 1) placed.unshift((await book(user)).booking!.id);
      const other = (await book(user, lastSeat)).booking!;
      await client.cancelBooking({ bookingId: placed[1]! });
      const seen: string[] = [];
      for (let pageToken = "", pages = 0; pages === 0 || pageToken; pages += 1) {
        const page = await client.listBookings({ pageSize: 2, pageToken, sessionId: session });
        seen.push(...page.bookings.map(({ id }) => id));
        if (pages === 0) await book(user); // meanwhile
        pageToken = page.nextPageToken;
      }
      expect(seen).to.deep.equal(placed);
      const ids = async (filter: object) => (await client.listBookings(filter)).bookings.map(({ id }) => id);
      expect(await ids({ sessionId: lastSeat })).to.deep.equal([other.id]);
      expect(await ids({ statuses: [BookingStatus.CANCELLED] })).to.deep.equal([placed[1]]);
      expect(await ids({ statuses: [BookingStatus.HELD, BookingStatus.CANCELLED] })).to.have.length(7);
    });

    it("list everybody's to admins, and to a user its own alone", async () => {
      await book(ada);
      const { booking } = await book(bo);
      const admin = world.sessionsAs(ada, "admin");
      expect((await admin.listBookings({})).bookings).to.have.length(2);
      expect((await admin.listBookings({ userId: bo })).bookings.map(({ id }) => id)).to.deep.equal([
        booking!.id,
      ]);
      expect(await reason(world.sessionsAs(ada).listBookings({ userId: bo }))).to.equal("PERMISSION_DENIED");
      const { nextPageToken: pageToken } = await admin.listBookings({ pageSize: 1 });
      const bad = [
        { pageToken, userId: bo },
        { pageToken: "nonsense" },
        { statuses: [BookingStatus.UNSPECIFIED] },
        { statuses: [99 as BookingStatus] },
        { pageSize: 201 },
      ];
      for (const request of bad)
        expect(await reason(admin.listBookings(request)), JSON.stringify(request)).to.equal(
          "INVALID_ARGUMENT",
        );
    });
  });

  describe("CancelBooking", () => {
    it("cancels the order that has nothing else, and frees its seats at once", async () => {
      const user = buyer();
      const { booking, order } = await book(user, lastSeat);
      expect(await reason(book(bo, lastSeat))).to.equal("SESSION_FULL");
      const client = world.sessionsAs(user);
      const { booking: after } = await client.cancelBooking({ bookingId: booking!.id, reason: "ill" });
      expect(BookingStatus[after!.status]).to.equal("CANCELLED");
      expect(await orderOf(user, order!.id)).to.include({
        status: OrderStatus.CANCELLED,
        cancelReason: "USER",
      });
      await book(bo, lastSeat);
      const again = await client.cancelBooking({ bookingId: booking!.id });
      expect(BookingStatus[again.booking!.status]).to.equal("CANCELLED");
      expect((await orderOf(user, order!.id)).version).to.equal(2n);
    });

    it("starts the refund of a paid one", async () => {
      const user = buyer();
      const { booking, order } = await book(user);
      await pay(user, order!.id);
      await world.sessionsAs(bo, "admin").cancelBooking({ bookingId: booking!.id });
      await eventually(async () => (await orderOf(user, order!.id)).status === OrderStatus.REFUND_PENDING);
      const after = await orderOf(user, order!.id);
      expect([after.cancelReason, after.refund!.amount!.units]).to.deep.equal(["ADMIN", 25n]);
      expect(await statusOf(user, booking!.id)).to.equal("CANCELLED");
      expect(await taken(session)).to.equal(0);
    });

    it("frees the seats of a paid order with other lines, and leaves the money to be asked for", async () => {
      const user = buyer();
      const { order } = await world.as(user).createOrder({
        items: [
          { item: { case: "courseId", value: anyCourse() } },
          { item: { case: "sessionId", value: session }, quantity: 2 },
        ],
        idempotencyKey: v7(),
      });
      const bookingId = order!.items[1]!.id;
      const client = world.sessionsAs(user);
      const held = factsOf(await failureOf(client.cancelBooking({ bookingId })));
      expect([held.reason, held.metadata]).to.deep.equal([
        "ILLEGAL_TRANSITION",
        { from: "HELD", to: "CANCELLED", allowed: "CONFIRMED,CANCELLED,EXPIRED" },
      ]);
      await pay(user, order!.id);
      await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
      await client.cancelBooking({ bookingId, reason: "ill", idempotencyKey: "cancel" });
      expect(await statusOf(user, bookingId)).to.equal("CANCELLED");
      expect(await taken(session)).to.equal(0);
      const after = await orderOf(user, order!.id);
      expect(after.status).to.equal(OrderStatus.PAID);
      expect((await story(user, after.id)).at(-1)).to.equal("BOOKING_CANCELLED");
      const other = client.cancelBooking({ bookingId, reason: "well", idempotencyKey: "cancel" });
      expect(await reason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
    });

    it("is for the booking's user and admins, and hides other people's bookings", async () => {
      const { booking } = await book(ada);
      const bookingId = booking!.id;
      expect(await reason(world.sessionsAs(bo).cancelBooking({ bookingId }))).to.equal("BOOKING_NOT_FOUND");
      const service = world.sessionsAs(paymentService, "service").cancelBooking({ bookingId });
      expect(await reason(service)).to.equal("PERMISSION_DENIED");
      const text = world.sessionsAs(ada).cancelBooking({ bookingId, reason: "\0" });
      expect(await reason(text)).to.equal("INVALID_ARGUMENT");
      expect(await statusOf(ada, bookingId)).to.equal("HELD");
    });
  });

  describe("CompleteBooking and MarkNoShow", () => {
    it("record what became of confirmed seats, once, and the seats stay taken", async () => {
      const service = world.sessionsAs(paymentService, "service");
      const user = buyer();
      const ids: string[] = [];
      for (let number = 0; number < 2; number += 1) {
        const { booking, order } = await book(user);
        ids.push(booking!.id);
        const early = service.completeBooking({ bookingId: booking!.id });
        expect(await reason(early)).to.equal("ILLEGAL_TRANSITION");
        await pay(user, order!.id);
      }
      const [came, missed] = ids as [string, string];
      for (let time = 0; time < 2; time += 1) {
        const { booking: completed } = await service.completeBooking({ bookingId: came });
        const { booking: noShow } = await service.markNoShow({ bookingId: missed });
        expect([completed!.status, noShow!.status].map((status) => BookingStatus[status])).to.deep.equal([
          "COMPLETED",
          "NO_SHOW",
        ]);
      }
      const client = world.sessionsAs(user);
      const closed = [
        () => service.markNoShow({ bookingId: came }),
        () => service.completeBooking({ bookingId: missed }),
        () => client.cancelBooking({ bookingId: came }),
        () => client.rescheduleBooking({ bookingId: missed, sessionId: lastSeat }),
      ];
      for (const call of closed) expect(await reason(call())).to.equal("ILLEGAL_TRANSITION");
      expect(await taken(session)).to.equal(2);
      const { orderId } = await bookingOf(user, came);
      expect(await story(user, orderId)).to.deep.equal([
        "ORDER_CREATED",
        "PAYMENT_REQUESTED",
        "PAYMENT_SUCCEEDED",
        "BOOKING_COMPLETED",
      ]);
    });

    it("are not for the booking's user", async () => {
      const { booking } = await book(ada);
      const bookingId = booking!.id;
      const client = world.sessionsAs(ada);
      expect(await reason(client.completeBooking({ bookingId }))).to.equal("PERMISSION_DENIED");
      expect(await reason(client.markNoShow({ bookingId }))).to.equal("PERMISSION_DENIED");
      const unknown = world.sessionsAs(bo, "admin").markNoShow({ bookingId: v7() });
      expect(await reason(unknown)).to.equal("BOOKING_NOT_FOUND");
    });
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
