import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, clinic, mentorHour, newUser } from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("ListBookings", () => {
  let environment: OrderEnvironment;
  beforeEach(async () => (environment = await startOrderEnvironment()));
  afterEach(() => environment.stop());
  const { book } = bookingActions(() => environment);

  it("returns bookings newest first, page after page, filtered by session and status", async () => {
    const user = newUser();
    const client = environment.sessionsAs(user);
    const placed: string[] = [];
    for (let number = 0; number < 5; number += 1) placed.unshift((await book(user)).booking!.id);
    const other = (await book(user, mentorHour)).booking!;
    await client.cancelBooking({ bookingId: placed[1]! });
    const seen: string[] = [];
    for (let pageToken = "", pages = 0; pages === 0 || pageToken; pages += 1) {
      const page = await client.listBookings({ pageSize: 2, pageToken, sessionId: clinic });
      seen.push(...page.bookings.map(({ id }) => id));
      if (pages === 0) await book(user); // meanwhile
      pageToken = page.nextPageToken;
    }
    expect(seen).to.deep.equal(placed);
    const ids = async (filter: object) => (await client.listBookings(filter)).bookings.map(({ id }) => id);
    expect(await ids({ sessionId: mentorHour })).to.deep.equal([other.id]);
    expect(await ids({ statuses: [BookingStatus.CANCELLED] })).to.deep.equal([placed[1]]);
    expect(await ids({ statuses: [BookingStatus.HELD, BookingStatus.CANCELLED] })).to.have.length(7);
  });

  it("returns every user's bookings to admins, and a user's own to the user", async () => {
    await book(ada);
    const { booking } = await book(bo);
    const admin = environment.sessionsAs(ada, "admin");
    expect((await admin.listBookings({})).bookings).to.have.length(2);
    expect((await admin.listBookings({ userId: bo })).bookings.map(({ id }) => id)).to.deep.equal([
      booking!.id,
    ]);
    expect(await rejectionReason(environment.sessionsAs(ada).listBookings({ userId: bo }))).to.equal(
      "PERMISSION_DENIED",
    );
    const { nextPageToken: pageToken } = await admin.listBookings({ pageSize: 1 });
    const bad = [
      { pageToken, userId: bo },
      { pageToken: "nonsense" },
      { statuses: [BookingStatus.UNSPECIFIED] },
      { statuses: [99 as BookingStatus] },
      { pageSize: 201 },
    ];
    for (const request of bad)
      expect(await rejectionReason(admin.listBookings(request)), JSON.stringify(request)).to.equal(
        "INVALID_ARGUMENT",
      );
  });
});
