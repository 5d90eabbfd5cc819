import { recordsBookingOutcome } from "./support/booking-outcome.ts";

describe("CompleteBooking", () => {
  recordsBookingOutcome({
    rpc: "completeBooking",
    otherRpc: "markNoShow",
    status: "COMPLETED",
    entry: "BOOKING_COMPLETED",
  });
});
