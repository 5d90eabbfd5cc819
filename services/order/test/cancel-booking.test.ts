import { expect } from "chai";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { bookingDesk, lastSeat, session } from "./support/booking-desk.ts";
import {
  ada,
  anyCourse,
  bo,
  buyer,
  orderWorld,
  paymentService,
  type OrderWorld,
} from "./support/order-world.ts";

describe("CancelBooking", () => {
  let world: OrderWorld;
  beforeEach(async () => (world = await orderWorld()));
  afterEach(() => world.stop());
  const { book, statusOf, orderOf, story, reason, taken, pay } = bookingDesk(() => world);

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
      { from: "HELD", to: "CANCELLED", allowed: "CONFIRMED,EXPIRED" },
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
