import { expect } from "chai";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  newCourse,
  notebook,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { sessionAt } from "./support/catalog.ts";
import { dayMs, fastRecovery, hourMs } from "./support/fixtures.ts";
import {
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "./support/purchases.ts";

describe("The completion of orders without goods", () => {
  let environment: PurchaseEnvironment;
  let passedMs = 0;
  const now = () => new Date(Date.now() + passedMs);
  before(async () => (environment = await startPurchaseEnvironment({ now, env: fastRecovery })));
  beforeEach(() => (passedMs = 0));
  after(() => environment.stop());

  it("completes a course's order a day after it was paid, and its return window begins", async () => {
    const purchase = await environment.placePaid();
    passedMs = dayMs + hourMs;
    await untilStatus(purchase, "COMPLETED");
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)).to.include({ actor: "worker:complete", type: "ORDER_COMPLETED" });
    const late = { orderId: purchase.orderId, reason: "too hard" };
    expect(await rejectionReason(purchase.buyer.cancelOrder(purchase))).to.equal("ILLEGAL_TRANSITION");
    passedMs = 14 * dayMs;
    await purchase.buyer.requestRefund(late);
    await purchase.buyer.closeRefund(purchase);
    passedMs = 17 * dayMs;
    expect(await rejectionReason(purchase.buyer.requestRefund(late))).to.equal("RETURN_WINDOW_CLOSED");
  });

  it("waits for the end of the last session, and for goods until they are delivered", async () => {
    const sessionId = await sessionAt(environment, new Date(Date.now() + 2 * dayMs));
    const lines = [courseLine(newCourse()), sessionLine(sessionId)];
    const session = await environment.beginAndPay(await environment.placeLines(lines));
    const goods = await environment.beginAndPay(
      await environment.placeLines([productLine(notebook)], undefined, { shippingAddress: berlin }),
    );
    const course = await environment.placePaid();
    passedMs = 2.5 * dayMs;
    await untilStatus(course, "COMPLETED");
    expect(await statusOf(session)).to.equal("PAID");
    passedMs = 3 * dayMs + 2 * hourMs;
    await untilStatus(session, "COMPLETED");
    expect(await statusOf(goods)).to.equal("PAID");
  });

  it("waits for a refund under way, and completes the order when it is closed", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "too hard" });
    passedMs = 2 * dayMs;
    const other = await environment.placePaid();
    passedMs = 4 * dayMs;
    await untilStatus(other, "COMPLETED");
    expect(await statusOf(purchase)).to.equal("REFUND_REQUESTED");
    await purchase.buyer.closeRefund(purchase);
    await untilStatus(purchase, "COMPLETED");
  });
});
