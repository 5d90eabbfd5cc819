import { recordsBookingOutcome } from "./support/booking-outcome.ts";

describe("MarkNoShow", () => {
  recordsBookingOutcome({
    rpc: "markNoShow",
    otherRpc: "completeBooking",
    status: "NO_SHOW",
    entry: "BOOKING_NO_SHOW",
  });
});
