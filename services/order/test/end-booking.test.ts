import { expect } from "chai";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { v7 } from "uuid";
import { bookingDesk, lastSeat, session } from "./support/booking-desk.ts";
import { ada, bo, buyer, orderWorld, paymentService, type OrderWorld } from "./support/order-world.ts";

describe("CompleteBooking and MarkNoShow", () => {
  let world: OrderWorld;
  beforeEach(async () => (world = await orderWorld()));
  afterEach(() => world.stop());
  const { book, bookingOf, story, reason, taken, pay } = bookingDesk(() => world);

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
