import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, clinic, mentorHour, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { seatsTaken } from "./support/stock-and-seats.ts";

describe("CompleteBooking", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book, bookingOf, historyTypesOf, pay } = bookingActions(() => environment);

  it("records the outcome of a confirmed booking, once, and its seats stay taken", async () => {
    const service = environment.sessionsAs(paymentService, "service");
    const user = newUser();
    const { booking, order } = await book(user);
    const bookingId = booking!.id;
    expect(await rejectionReason(service.completeBooking({ bookingId }))).to.equal("ILLEGAL_TRANSITION");
    await pay(user, order!.id);
    for (let time = 0; time < 2; time += 1) {
      const { booking: ended } = await service.completeBooking({ bookingId });
      expect(BookingStatus[ended!.status]).to.equal("COMPLETED");
    }
    const client = environment.sessionsAs(user);
    const calls = [
      () => service.markNoShow({ bookingId }),
      () => client.cancelBooking({ bookingId }),
      () => client.rescheduleBooking({ bookingId, sessionId: mentorHour }),
    ];
    for (const call of calls) expect(await rejectionReason(call())).to.equal("ILLEGAL_TRANSITION");
    expect(await seatsTaken(environment, clinic)).to.equal(1);
    const { orderId } = await bookingOf(user, bookingId);
    expect(await historyTypesOf(user, orderId)).to.deep.equal([
      "ORDER_CREATED",
      "PAYMENT_REQUESTED",
      "PAYMENT_SUCCEEDED",
      "BOOKING_COMPLETED",
    ]);
  });

  it("is not for the booking's user, and rejects an unknown booking", async () => {
    const { booking } = await book(ada);
    const own = environment.sessionsAs(ada).completeBooking({ bookingId: booking!.id });
    expect(await rejectionReason(own)).to.equal("PERMISSION_DENIED");
    const unknown = environment.sessionsAs(bo, "admin").completeBooking({ bookingId: v7() });
    expect(await rejectionReason(unknown)).to.equal("BOOKING_NOT_FOUND");
  });
});
