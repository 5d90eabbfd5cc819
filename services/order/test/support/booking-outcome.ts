import { BookingStatus, type SessionService } from "@till/gen/till/session/v1/session_service_pb";
import type { Client } from "@connectrpc/connect";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import { ada, bo, clinic, mentorHour, newUser, paymentService } from "../../../../test/support/fixtures.ts";
import { bookingActions } from "./booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./order-service.ts";
import { seatsTaken } from "./stock-and-seats.ts";

type Outcome = {
  readonly rpc: "completeBooking" | "markNoShow";
  readonly otherRpc: Outcome["rpc"];
  readonly status: keyof typeof BookingStatus;
  /** The type of its history entry. */
  readonly entry: string;
};

/** The tests of an RPC that records how a booking ended. */
export function recordsBookingOutcome({ rpc, otherRpc, status, entry }: Outcome): void {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book, bookingOf, historyTypesOf, pay } = bookingActions(() => environment);
  const record = (client: Client<typeof SessionService>, bookingId: string) => client[rpc]({ bookingId });

  it("records the outcome of a confirmed booking, once, and its seats stay taken", async () => {
    const service = environment.sessionsAs(paymentService, "service");
    const user = newUser();
    const { booking, order } = await book(user);
    const bookingId = booking!.id;
    expect(await rejectionReason(record(service, bookingId))).to.equal("ILLEGAL_TRANSITION");
    await pay(user, order!.id);
    for (let time = 0; time < 2; time += 1) {
      const { booking: ended } = await record(service, bookingId);
      expect(BookingStatus[ended!.status]).to.equal(status);
    }
    const client = environment.sessionsAs(user);
    const calls = [
      () => service[otherRpc]({ bookingId }),
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
      entry,
    ]);
  });

  it("is not for the booking's user, and rejects an unknown booking", async () => {
    const { booking } = await book(ada);
    const own = record(environment.sessionsAs(ada), booking!.id);
    expect(await rejectionReason(own)).to.equal("PERMISSION_DENIED");
    const unknown = record(environment.sessionsAs(bo, "admin"), v7());
    expect(await rejectionReason(unknown)).to.equal("BOOKING_NOT_FOUND");
  });
}
