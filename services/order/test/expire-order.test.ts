import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { expectIllegalTransition } from "./support/expect-illegal-transition.ts";
import { idsInStatus, type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ExpireOrder", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("cancels an unpaid order at once, for services and admins alone, and once", async () => {
    const purchase = await environment.place();
    const { orderId } = purchase;
    expect(await rejectionReason(purchase.buyer.expireOrder({ orderId }))).to.equal("PERMISSION_DENIED");
    const { order } = await environment.platform.expireOrder({ orderId });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.EXPIRED });
    expect((await environment.admin.expireOrder({ orderId })).order).to.deep.equal(order);
    expect(await environment.eventDataOf(purchase, "order.cancelled")).to.have.lengthOf(1);
  });

  it("cancels an order that CANCELED then finds", async () => {
    const purchase = await environment.place();
    const { order } = await environment.platform.expireOrder(purchase);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.EXPIRED });
    expect(await idsInStatus(purchase, "CANCELED")).to.deep.equal([purchase.orderId]);
  });

  it("rejects a paid and a refunded order", async () => {
    const paid = await environment.placePaid();
    await expectIllegalTransition(paid, () => environment.platform.expireOrder(paid), "PAID", "CANCELLED");
    const refunded = await environment.placePaid();
    await environment.completeRefund(refunded);
    await expectIllegalTransition(
      refunded,
      () => environment.platform.expireOrder(refunded),
      "REFUNDED",
      "CANCELLED",
    );
  });
});
