import { OrderRefundStatus, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import { berlin, eur, newCourse, notebook, productLine } from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  publishedTransitionsOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";
import { approveRefund, placeRefundRequested, rejectRefund, requestRefund } from "../support/refunds.ts";

describe("A paid order that is refunded", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("goes over REFUND_REQUESTED and REFUND_PENDING to REFUNDED, each step in the history", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.admin.approveRefund({ orderId: purchase.orderId });
    await environment.completeRefund(purchase);
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
      "REFUND_REQUESTED > REFUND_REQUESTED",
      "REFUND_APPROVED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
  });

  it("publishes every transition as order.status_changed, in order", async () => {
    const purchase = await environment.placePaid();
    await complete(purchase);
    await purchase.buyer.requestRefund({ ...purchase, reason: "broken" });
    await environment.admin.approveRefund({ orderId: purchase.orderId });
    await environment.completeRefund(purchase);
    expect(await publishedTransitionsOf(environment, purchase)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > COMPLETED",
      "COMPLETED > REFUND_REQUESTED",
      "REFUND_REQUESTED > REFUND_PENDING",
      "REFUND_PENDING > REFUNDED",
    ]);
    expect((await read(purchase)).version).to.equal(7n);
  });

  it("is REFUNDED only when payment.refunded has come", async () => {
    const purchase = await placeRefundRequested(environment);
    await approveRefund(environment, purchase);
    expect(await statusOf(purchase)).to.equal("REFUND_PENDING");
    expect((await read(purchase)).refunded).to.include(eur(0));
    await environment.completeRefund(purchase);
    expect(await read(purchase)).to.include({
      status: OrderStatus.REFUNDED,
      refundStatus: OrderRefundStatus.FULL,
    });
  });

  it("frees its courses for another purchase", async () => {
    const bought = newCourse();
    const purchase = await placeRefundRequested(environment, [bought]);
    await approveRefund(environment, purchase);
    expect(await rejectionReason(environment.place([bought], purchase.userId))).to.equal("ALREADY_PURCHASED");
    await environment.completeRefund(purchase);
    expect(await statusOf(await environment.place([bought], purchase.userId))).to.equal("CREATED");
  });

  it("takes each refund command repeated without a change", async () => {
    const purchase = await placeRefundRequested(environment);
    const repeat = async (call: () => Promise<{ order?: unknown }>) =>
      expect((await call()).order).to.deep.equal(await read(purchase));
    const before = await read(purchase);
    await repeat(() => requestRefund(purchase, "in other words"));
    expect(await read(purchase)).to.deep.equal(before);
    await rejectRefund(environment, purchase);
    const rejected = await read(purchase);
    await repeat(() => rejectRefund(environment, purchase));
    expect(await read(purchase)).to.deep.equal(rejected);
    await purchase.buyer.closeRefund(purchase);
    const closed = await read(purchase);
    await repeat(() => purchase.buyer.closeRefund(purchase));
    expect(await read(purchase)).to.deep.equal(closed);
    await requestRefund(purchase);
    await approveRefund(environment, purchase);
    const approved = await read(purchase);
    await repeat(() => approveRefund(environment, purchase));
    expect(await read(purchase)).to.deep.equal(approved);
  });

  it("has its committed stock released when it was not shipped yet", async () => {
    const purchase = await environment.beginAndPay(
      await environment.placeLines([productLine(notebook, 2)], undefined, { shippingAddress: berlin }),
    );
    await eventually(async () => expect(await historyOf(purchase)).to.include("STOCK_COMMITTED > PAID"));
    await environment.completeRefund(purchase);
    await untilReleased(purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  const complete = ({ orderId }: Purchase) =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });

  const untilReleased = (purchase: Purchase) =>
    eventually(async () => (await read(purchase)).inventoryReleasedAt !== undefined);
});
