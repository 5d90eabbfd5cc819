import { timestampDate } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { newUser } from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { sessionAt } from "./support/catalog.ts";
import { hourMs, withoutSweeps } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("The beginning of a session", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment({ env: withoutSweeps })));
  after(() => environment.stop());
  const { book, orderOf } = bookingActions(() => environment);

  const at = (inMs: number) => new Date(Math.ceil((Date.now() + inMs) / 1000) * 1000);
  const timesOf = async (user: string, orderId: string) => {
    const { startsAt, endsAt } = (await orderOf(user, orderId)).items[0]!;
    return [startsAt && timestampDate(startsAt), endsAt && timestampDate(endsAt)];
  };

  it("is kept by the order line, with its end, and follows the booking to another session", async () => {
    const user = newUser();
    const [first, second] = [at(2 * hourMs), at(5 * hourMs)];
    const { booking, order } = await book(user, await sessionAt(environment, first));
    expect(await timesOf(user, order!.id)).to.deep.equal([first, new Date(first.getTime() + hourMs)]);
    const sessionId = await sessionAt(environment, second, { ends_at: null });
    await environment.sessionsAs(user).rescheduleBooking({ bookingId: booking!.id, sessionId });
    expect(await timesOf(user, order!.id)).to.deep.equal([second, undefined]);
  });
});
