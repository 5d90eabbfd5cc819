import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse } from "../../../test/support/fixtures.ts";
import { expectIllegalTransition } from "./support/expect-illegal-transition.ts";
import { placePhysical } from "./support/fulfilment.ts";
import {
  idsInStatus,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { placeRefundRequested, refund, rejectRefund, requestRefund } from "./support/refunds.ts";

describe("RequestRefund", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("keeps and publishes the reason, and the order's status finds it", async () => {
    const purchase = await environment.placePaid();
    const { order } = await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    expect(order).to.include({ status: OrderStatus.REFUND_REQUESTED });
    expect(order?.refund).to.include({ reason: "too hard", status: RefundStatus.REQUESTED });
    const [published] = await environment.eventDataOf(purchase, "order.refund_requested");
    expect(published).to.include({ reason: "too hard", refundId: order?.refund?.id });
    expect(await idsInStatus(purchase, "PAID")).to.deep.equal([]);
    expect(await idsInStatus(purchase, "REFUND_REQUESTED")).to.deep.equal([purchase.orderId]);
  });

  it("is for an order packed or delivered, which a partial refund returns to its status, not for a shipped one", async () => {
    for (const status of ["READY_TO_SHIP", "DELIVERED"] as const) {
      const purchase = await placePhysical(environment, status, [courseLine(newCourse())]);
      await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "no course" });
      const items = [{ itemId: purchase.itemIds[1]!, amount: eur(10) }];
      const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, items });
      await environment.completeRefund(purchase, { amount: 10, orderRefundId: order!.refund!.id });
      expect(await statusOf(purchase)).to.equal(status);
    }
    const shipped = await placePhysical(environment, "SHIPPED");
    const ask = shipped.buyer.requestRefund({ orderId: shipped.orderId, reason: "late" });
    expect(await rejectionReason(ask), "on its way").to.equal("ILLEGAL_TRANSITION");
  });

  it("repeated after a rejection opens another request, which an admin decides anew", async () => {
    const purchase = await placeRefundRequested(environment);
    const first = (await read(purchase)).refund!.id;
    await rejectRefund(environment, purchase);
    const { order } = await requestRefund(purchase, "really too hard");
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "really too hard", status: RefundStatus.REQUESTED });
    expect(order?.refund?.id).not.to.equal(first);
    expect(await environment.eventDataOf(purchase, "order.refund_requested")).to.have.lengthOf(2);
    await refund(environment, purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("rejects an unpaid and a cancelled order", async () => {
    for (const [purchase, status] of [
      [await environment.place(), "CREATED"],
      [await cancelled(), "CANCELLED"],
    ] as const) {
      const ask = () => purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
      await expectIllegalTransition(purchase, ask, status, "REFUND_REQUESTED");
    }
  });

  const cancelled = async (): Promise<Purchase> => {
    const purchase = await environment.place();
    await purchase.buyer.cancelOrder(purchase);
    return purchase;
  };
});

describe("RequestRefund where TILL_REFUND_ONLY_PAID is on", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_REFUND_ONLY_PAID: "on" } })),
  );
  after(() => environment.stop());

  it("is for PAID orders alone", async () => {
    const done = await environment.placePaid();
    await environment.platform.updateOrderStatus({ orderId: done.orderId, status: OrderStatus.COMPLETED });
    const { reason, metadata } = await rejectionOf(done.buyer.requestRefund({ ...done, reason: "x" }));
    expect([reason, metadata.from]).to.deep.equal(["ILLEGAL_TRANSITION", "COMPLETED"]);
    const paid = await environment.placePaid();
    expect(await statusOf(paid.buyer.requestRefund({ ...paid, reason: "x" }))).to.equal("REFUND_REQUESTED");
  });
});
