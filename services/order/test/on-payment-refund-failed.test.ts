import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eur } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment, statusOf } from "./support/purchases.ts";
import { approveRefund, placeRefundRequested, refund, requestRefund } from "./support/refunds.ts";

describe("payment.refund_failed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("returns the order to its prior status, from which a refund can be requested again", async () => {
    const purchase = await placeRefundRequested(environment);
    const { order } = await approveRefund(environment, purchase);
    await environment.failRefund(purchase, { orderRefundId: order!.refund!.id });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect(after.refund).to.include({ status: RefundStatus.FAILED, remark: "no money" });
    await requestRefund(purchase, "again");
    await refund(environment, purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("of another refund than the one under way changes nothing", async () => {
    const purchase = await placeRefundRequested(environment);
    await approveRefund(environment, purchase, { amount: eur(6) });
    const before = await read(purchase);
    await environment.failRefund(purchase, { amount: 6, orderRefundId: purchase.paymentId });
    await environment.failRefund(purchase, { amount: 3 });
    expect(await read(purchase)).to.deep.equal(before);
  });
});
