import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { placeRefundRequested, rejectRefund, requestRefund } from "./support/refunds.ts";

describe("CloseRefund", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("returns a rejected request's order to its prior status, for its buyer or an admin", async () => {
    for (const by of ["buyer", "admin"] as const) {
      const purchase = await placeRefundRequested(environment);
      await rejectRefund(environment, purchase);
      const client = by === "buyer" ? purchase.buyer : environment.admin;
      expect(await statusOf(client.closeRefund({ orderId: purchase.orderId, reason: "fine" }))).to.equal(
        "PAID",
      );
      expect((await historyOf(purchase)).at(-1)).to.equal("REFUND_CLOSED > PAID");
    }
  });

  it("returns a completed order to COMPLETED", async () => {
    const purchase = await environment.placePaid();
    await environment.platform.updateOrderStatus({
      orderId: purchase.orderId,
      status: OrderStatus.COMPLETED,
    });
    await requestRefund(purchase);
    expect(await statusOf(purchase.buyer.closeRefund(purchase))).to.equal("COMPLETED");
    const moves = await environment.eventDataOf(purchase, "order.status_changed");
    expect(moves.at(-1)).to.include({ from: "REFUND_REQUESTED", to: "COMPLETED" });
    expect((await read(purchase)).refund?.status).to.equal(RefundStatus.CLOSED);
  });
});
