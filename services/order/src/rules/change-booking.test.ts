import { expect } from "chai";
import { money } from "@till/money";
import { reasonOf } from "@till/rpc/errors";
import { isChange, type Decision } from "./decision.ts";
import type { BookingStatus, Order } from "./order.ts";
import { cancelBooking } from "./cancel-booking.ts";
import { endBooking, rescheduleBooking } from "./change-booking.ts";
import { placeOrder } from "./place-order.ts";
import { bookingTransitions, isOpen } from "./booking.ts";

const context = { now: new Date("2026-01-01"), actor: "user:u" };
const policy = { bookingChangeCutoffMs: 0, orderExpiryMs: 1000 };
const price = money("EUR", 2500n);

/** A paid order of a course and two seats, whose booking has this status. */
function orderWith(booking: BookingStatus): Order {
  const priceSnapshot = { offerId: undefined, title: "", capturedAt: context.now };
  const line = { name: "", unitPrice: price, refunded: money("EUR", 0n), priceSnapshot };
  const { order } = placeOrder(
    {
      id: "o",
      userId: "u",
      currency: "EUR",
      expiresAt: new Date("2026-01-02"),
      details: {},
      items: [
        { ...line, id: "c", kind: "DIGITAL_COURSE", refId: "course", quantity: 1 },
        { ...line, id: "b", kind: "SESSION", refId: "session", quantity: 2, booking },
      ],
    },
    context,
  );
  return booking === "HELD" ? order : { ...order, status: "PAID", captured: order.total };
}

const commands = {
  COMPLETED: (order: Order) => endBooking(order, "b", "COMPLETED", context),
  NO_SHOW: (order: Order) => endBooking(order, "b", "NO_SHOW", context),
  CANCELLED: (order: Order) =>
    cancelBooking(order, "b", { by: "USER", remark: "", afterPaid: true, ...policy }, context),
} as const;

describe("The rules of a booking", () => {
  const statuses = Object.keys(bookingTransitions) as BookingStatus[];
  const outcome = (decide: () => Decision) => {
    try {
      const decision = decide();
      const { order } = decision;
      return isChange(decision) ? order.items[1]!.booking : "unchanged";
    } catch (error) {
      return reasonOf(error);
    }
  };

  for (const from of statuses) {
    it(`move one that is ${from} along its table alone`, () => {
      for (const [to, command] of Object.entries(commands)) {
        const next: readonly string[] = bookingTransitions[from];
        // A held booking goes with its order.
        const isAllowed = next.includes(to) && from !== "HELD";
        const expected = from === to ? "unchanged" : isAllowed ? to : "ILLEGAL_TRANSITION";
        expect(
          outcome(() => command(orderWith(from))),
          `${from} to ${to}`,
        ).to.equal(expected);
      }
    });

    it(`reschedule one that is ${from} ${isOpen(from) ? "as long as its price stays" : "never"}`, () => {
      const other = { refId: "other", name: "Other", unitPrice: price };
      const to = (session: typeof other) => () =>
        rescheduleBooking(orderWith(from), "b", { session, by: "USER", ...policy }, context);
      expect(outcome(to(other))).to.equal(isOpen(from) ? from : "ILLEGAL_TRANSITION");
      expect(outcome(to({ ...other, refId: "session" }))).to.equal("unchanged");
      const dearer = { ...other, unitPrice: money("EUR", 2600n) };
      expect(outcome(to(dearer))).to.equal(isOpen(from) ? "PRICE_CHANGED" : "ILLEGAL_TRANSITION");
      const foreign = { ...other, unitPrice: money("USD", 2500n) };
      expect(outcome(to(foreign))).to.equal(isOpen(from) ? "CURRENCY_MISMATCH" : "ILLEGAL_TRANSITION");
    });
  }

  it("know no booking that is a course, or not there", () => {
    for (const id of ["c", "x"])
      expect(outcome(() => endBooking(orderWith("CONFIRMED"), id, "COMPLETED", context))).to.equal(
        "BOOKING_NOT_FOUND",
      );
  });
});
