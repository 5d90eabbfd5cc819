import { Code } from "@connectrpc/connect";
import { OrderRefundStatus, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { course, eur, newCourse, otherCourse } from "../../../test/support/fixtures.ts";
import { expectIllegalTransition } from "./support/expect-illegal-transition.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";
import { approveRefund, placeRefundRequested, refund, requestRefund } from "./support/refunds.ts";

describe("ApproveRefund", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("publishes the refund, and the order is REFUNDED when the payment service reports it done", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(10) });
    expect(order?.status).to.equal(OrderStatus.REFUND_PENDING);
    const orderRefundId = order!.refund!.id;
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved).to.include({ refundId: orderRefundId, paymentId: purchase.paymentId, amount: 10 });
    await environment.completeRefund(purchase, { orderRefundId });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.REFUNDED);
    expect(after.refunded).to.include(eur(10));
    expect(after.refund?.amount).to.include(eur(10));
    const [refunded] = await environment.eventDataOf(purchase, "order.refunded");
    expect(refunded).to.deep.include({ amount: 10, revokedCourseIds: [course], refundStatus: "full" });
  });

  it("rejects a request that was rejected before", async () => {
    const purchase = await rejected();
    const approve = () => environment.admin.approveRefund({ orderId: purchase.orderId });
    await expectIllegalTransition(purchase, approve, "REFUND_REQUESTED", "REFUND_PENDING");
  });

  it("rejects an order without a request", async () => {
    const purchase = await environment.placePaid();
    const approve = () => environment.admin.approveRefund({ orderId: purchase.orderId });
    await expectIllegalTransition(purchase, approve, "PAID", "REFUND_PENDING");
  });

  const rejected = async (): Promise<Purchase> => {
    const purchase = await placeRefundRequested(environment);
    await environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    return purchase;
  };

  describe("of a part", () => {
    it("returns the order to its prior status; two parts that make up all of it refund it", async () => {
      const purchase = await environment.placePaid();
      await refund(environment, purchase, { amount: eur(4) });
      const part = await read(purchase);
      expect(part).to.include({ status: OrderStatus.PAID, refundStatus: OrderRefundStatus.PARTIAL });
      expect(part.refunded).to.include(eur(4));
      const [body] = await environment.eventDataOf(purchase, "order.refunded");
      expect(body).to.deep.include({
        amount: 4,
        refundedTotal: 4,
        refundStatus: "partial",
        revokedCourseIds: [],
      });
      await requestRefund(purchase);
      const { reason, code } = await rejectionOf(approveRefund(environment, purchase, { amount: eur(6.01) }));
      expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "REFUND_EXCEEDS_CAPTURED"]);
      await refund(environment, purchase);
      const all = await read(purchase);
      expect(all).to.include({ status: OrderStatus.REFUNDED, refundStatus: OrderRefundStatus.FULL });
      expect(all.refunded).to.include(eur(10));
      expect(all.refund?.amount).to.include(eur(6));
    });

    it("of one line revokes that course alone, which can be bought again", async () => {
      const purchase = await environment.placePaid([course, otherCourse]);
      const items = [{ itemId: purchase.itemIds[1]!, amount: eur(19.9) }];
      await refund(environment, purchase, { items });
      const order = await read(purchase);
      expect(order.status).to.equal(OrderStatus.PAID);
      expect(order.items.map(({ refunded }) => refunded?.units)).to.deep.equal([undefined, 19n]);
      const [body] = await environment.eventDataOf(purchase, "order.refunded");
      expect(body).to.deep.include({
        amount: 19.9,
        revokedCourseIds: [otherCourse],
        refundStatus: "partial",
      });
      expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal(
        "ALREADY_PURCHASED",
      );
      expect(await rejectionReason(purchase.buyer.getUserCourseOrder({ courseId: otherCourse }))).to.equal(
        "ORDER_NOT_FOUND",
      );
      const again = await environment.placePaid([otherCourse], purchase.userId);
      const { order: live } = await purchase.buyer.getUserCourseOrder({ courseId: otherCourse });
      expect(live?.id).to.equal(again.orderId);
    });

    it("of a line's price does not revoke the course, the rest of it does", async () => {
      const purchase = await environment.placePaid([course, otherCourse]);
      const itemId = purchase.itemIds[0]!;
      await refund(environment, purchase, { items: [{ itemId, amount: eur(9) }] });
      await requestRefund(purchase);
      const tooMuch = approveRefund(environment, purchase, { items: [{ itemId, amount: eur(41) }] });
      expect(await rejectionReason(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
      await refund(environment, purchase, { items: [{ itemId, amount: eur(40) }] });
      const bodies = await environment.eventDataOf(purchase, "order.refunded");
      expect(bodies.map(({ revokedCourseIds }) => revokedCourseIds)).to.deep.equal([[], [course]]);
    });
  });
});
