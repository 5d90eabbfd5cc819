import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { dayMs, withoutSweeps } from "./support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("The return window (C10)", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutSweeps })));
  beforeEach(() => (now = new Date()));
  after(() => environment.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * dayMs));
  const request = (purchase: Purchase) =>
    purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "too hard" });

  async function completed(): Promise<Purchase> {
    const purchase = await environment.placePaid();
    await environment.platform.updateOrderStatus({
      orderId: purchase.orderId,
      status: OrderStatus.COMPLETED,
    });
    return purchase;
  }

  it("C10 a completed course is given back within 14 days", async () => {
    const purchase = await completed();
    pass(13.9);
    expect(await statusOf(request(purchase))).to.equal("REFUND_REQUESTED");
  });

  it("C10 and not after: the refusal says until when it could have been", async () => {
    const purchase = await completed();
    const until = new Date(now.getTime() + 14 * dayMs).toISOString();
    pass(14);
    const { reason, metadata } = await rejectionOf(request(purchase));
    expect([reason, metadata]).to.deep.equal(["RETURN_WINDOW_CLOSED", { until }]);
    expect(await statusOf(purchase)).to.equal("COMPLETED");
  });

  it("C10 a request made in time may still be granted, or made again after a rejection, when the window is over", async () => {
    const purchase = await completed();
    await request(purchase);
    await environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    pass(15);
    expect(await statusOf(request(purchase))).to.equal("REFUND_REQUESTED");
    expect(await statusOf(environment.admin.approveRefund({ orderId: purchase.orderId }))).to.equal(
      "REFUND_PENDING",
    );
    expect((await historyOf(purchase)).at(-1)).to.equal("REFUND_APPROVED > REFUND_PENDING");
  });

  it("C10 an order that is only paid has no window yet", async () => {
    const purchase = await environment.placePaid();
    pass(100);
    expect(await statusOf(request(purchase))).to.equal("REFUND_REQUESTED");
  });
});
