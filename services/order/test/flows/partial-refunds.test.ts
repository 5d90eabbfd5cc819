import { Code } from "@connectrpc/connect";
import { OrderRefundStatus, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf, rejectionReason } from "../../../../test/support/failure-of.ts";
import { course, eur, otherCourse } from "../../../../test/support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  refund,
  startPurchaseEnvironment,
} from "../support/purchases.ts";

describe("Partial refunds, and refunds of single lines (C7)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const request = ({ orderId, buyer }: Purchase) => buyer.requestRefund({ orderId, reason: "too hard" });
  const approve = ({ orderId }: Purchase, grant: object) =>
    environment.admin.approveRefund({ orderId, ...grant });

  it("C7 a partial refund returns the order to its prior status; two that make up all of it refund it", async () => {
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
    await request(purchase);
    const { reason, code } = await rejectionOf(approve(purchase, { amount: eur(6.01) }));
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "REFUND_EXCEEDS_CAPTURED"]);
    await refund(environment, purchase);
    const all = await read(purchase);
    expect(all).to.include({ status: OrderStatus.REFUNDED, refundStatus: OrderRefundStatus.FULL });
    expect(all.refunded).to.include(eur(10));
    expect(all.refund?.amount).to.include(eur(6));
  });

  it("C7 a refund of one line takes that course away, and only that, and it is free to buy again", async () => {
    const purchase = await environment.placePaid([course, otherCourse]);
    const items = [{ itemId: purchase.itemIds[1]!, amount: eur(19.9) }];
    await refund(environment, purchase, { items });
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.PAID);
    expect(order.items.map(({ refunded }) => refunded?.units)).to.deep.equal([undefined, 19n]);
    const [body] = await environment.eventDataOf(purchase, "order.refunded");
    expect(body).to.deep.include({ amount: 19.9, revokedCourseIds: [otherCourse], refundStatus: "partial" });
    expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal("ALREADY_PURCHASED");
    expect(await rejectionReason(purchase.buyer.getUserCourseOrder({ courseId: otherCourse }))).to.equal(
      "ORDER_NOT_FOUND",
    );
    const again = await environment.placePaid([otherCourse], purchase.userId);
    const { order: live } = await purchase.buyer.getUserCourseOrder({ courseId: otherCourse });
    expect(live?.id).to.equal(again.orderId);
  });

  it("C7 a part of a line's price does not take the course away, the rest of it does", async () => {
    const purchase = await environment.placePaid([course, otherCourse]);
    const itemId = purchase.itemIds[0]!;
    await refund(environment, purchase, { items: [{ itemId, amount: eur(9) }] });
    await request(purchase);
    const tooMuch = approve(purchase, { items: [{ itemId, amount: eur(41) }] });
    expect(await rejectionReason(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
    await refund(environment, purchase, { items: [{ itemId, amount: eur(40) }] });
    const bodies = await environment.eventDataOf(purchase, "order.refunded");
    expect(bodies.map(({ revokedCourseIds }) => revokedCourseIds)).to.deep.equal([[], [course]]);
  });
});
