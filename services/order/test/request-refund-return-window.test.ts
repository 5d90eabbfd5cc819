import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { dayMs, withoutRecovery } from "./support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("RequestRefund and the return window", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(
    async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutRecovery })),
  );
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

  it("takes a request for a completed order within 14 days", async () => {
    const purchase = await completed();
    pass(13.9);
    expect(await statusOf(request(purchase))).to.equal("REFUND_REQUESTED");
  });

  it("rejects a later one with the end of the window", async () => {
    const purchase = await completed();
    const until = new Date(now.getTime() + 14 * dayMs).toISOString();
    pass(14);
    const { reason, metadata } = await rejectionOf(request(purchase));
    expect([reason, metadata]).to.deep.equal(["RETURN_WINDOW_CLOSED", { until }]);
    expect(await statusOf(purchase)).to.equal("COMPLETED");
  });

  it("lets a request made in time be repeated after a rejection, and approved, when the window is over", async () => {
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

  it("knows no window for an order that is only paid", async () => {
    const purchase = await environment.placePaid();
    pass(100);
    expect(await statusOf(request(purchase))).to.equal("REFUND_REQUESTED");
  });
});
