import { Code } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, courseLine, newCourse, paymentService } from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("GetBooking", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book } = bookingActions(() => environment);

  it("returns a booking to its user, to admins and to services, and to no other user", async () => {
    const { booking } = await book(ada);
    const bookingId = booking!.id.toUpperCase();
    const known = [
      environment.sessionsAs(ada),
      environment.sessionsAs(bo, "admin"),
      environment.sessionsAs(paymentService, "service"),
    ];
    for (const client of known) {
      expect((await client.getBooking({ bookingId })).booking!.id).to.equal(booking!.id);
    }
    const { order } = await environment.as(ada).createOrder({
      items: [courseLine(newCourse())],
      idempotencyKey: v7(),
    });
    const noBooking = [
      [bo, bookingId],
      [ada, v7()],
      [ada, order!.items[0]!.id],
    ] as const;
    for (const [user, id] of noBooking) {
      const error = await failureOf(environment.sessionsAs(user).getBooking({ bookingId: id }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "BOOKING_NOT_FOUND"]);
    }
    const bad = await rejectionReason(
      environment.sessionsAs(ada).getBooking({ bookingId: "1; DROP TABLE orders" }),
    );
    expect(bad).to.equal("INVALID_ARGUMENT");
  });
});
