import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, clinic, mentorHour, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

describe("CompleteBooking and MarkNoShow", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book, bookingOf, historyTypesOf, pay } = bookingActions(() => environment);

  it("record what became of confirmed seats, once, and the seats stay taken", async () => {
    const service = environment.sessionsAs(paymentService, "service");
    const user = newUser();
    const ids: string[] = [];
    for (let number = 0; number < 2; number += 1) {
      const { booking, order } = await book(user);
      ids.push(booking!.id);
      const early = service.completeBooking({ bookingId: booking!.id });
      expect(await rejectionReason(early)).to.equal("ILLEGAL_TRANSITION");
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
    const client = environment.sessionsAs(user);
    const closed = [
      () => service.markNoShow({ bookingId: came }),
      () => service.completeBooking({ bookingId: missed }),
      () => client.cancelBooking({ bookingId: came }),
      () => client.rescheduleBooking({ bookingId: missed, sessionId: mentorHour }),
    ];
    for (const call of closed) expect(await rejectionReason(call())).to.equal("ILLEGAL_TRANSITION");
    expect(await seatsTaken(environment, clinic)).to.equal(2);
    const { orderId } = await bookingOf(user, came);
    expect(await historyTypesOf(user, orderId)).to.deep.equal([
      "ORDER_CREATED",
      "PAYMENT_REQUESTED",
      "PAYMENT_SUCCEEDED",
      "BOOKING_COMPLETED",
    ]);
  });

  it("are not for the booking's user", async () => {
    const { booking } = await book(ada);
    const bookingId = booking!.id;
    const client = environment.sessionsAs(ada);
    expect(await rejectionReason(client.completeBooking({ bookingId }))).to.equal("PERMISSION_DENIED");
    expect(await rejectionReason(client.markNoShow({ bookingId }))).to.equal("PERMISSION_DENIED");
    const unknown = environment.sessionsAs(bo, "admin").markNoShow({ bookingId: v7() });
    expect(await rejectionReason(unknown)).to.equal("BOOKING_NOT_FOUND");
  });
});
