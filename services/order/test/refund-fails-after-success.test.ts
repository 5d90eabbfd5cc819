import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { eur, newCourse } from "../../../test/support/fixtures.ts";
import { fastRecovery } from "./support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";
import { refund } from "./support/refunds.ts";

describe("payment.refund_failed after success", () => {
  let environment: PurchaseEnvironment;
  before(async () => {
    const env = { ...fastRecovery, TILL_REFUND_RETRY_SECONDS: "1" };
    environment = await startPurchaseEnvironment({ env });
  });
  after(() => environment.stop());

  const reverse = (purchase: Purchase, fields: object) =>
    environment.failRefund(purchase, {
      ...{ refundId: v7(), failedAt: new Date(), afterSuccess: true },
      ...fields,
    } as object);

  /** Waits until the refund worker has started another refund than `id`. */
  const retried = (purchase: Purchase, id: string) =>
    eventually(async () => {
      const order = await read(purchase);
      expect(order.refund?.id).not.to.equal(id);
      expect(order.refund?.status).to.equal(RefundStatus.APPROVED);
      return order.refund!;
    });

  it("takes the order from REFUNDED to REFUND_PENDING, and the refund is tried again under a new id", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    await refund(environment, purchase);
    const { id: orderRefundId } = (await read(purchase)).refund!;
    await reverse(purchase, { orderRefundId });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.REFUND_PENDING);
    expect(after.refunded).to.include(eur(0));
    const again = await retried(purchase, orderRefundId);
    const approved = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved.at(-1)).to.include({ refundId: again.id, amount: 10 });
    // The access that the first try revoked is not given again in between.
    expect(await rejectionReason(purchase.buyer.getUserCourseOrder({ courseId: course }))).to.equal(
      "ORDER_NOT_FOUND",
    );
    await environment.completeRefund(purchase, { orderRefundId: again.id });
    expect((await read(purchase)).status).to.equal(OrderStatus.REFUNDED);
  });

  it("keeps the order in REFUND_PENDING when the next try fails, too", async () => {
    const purchase = await environment.placePaid();
    await refund(environment, purchase);
    const { id: orderRefundId } = (await read(purchase)).refund!;
    await reverse(purchase, { orderRefundId });
    const second = await retried(purchase, orderRefundId);
    await environment.failRefund(purchase, { orderRefundId: second.id });
    expect((await read(purchase)).status).to.equal(OrderStatus.REFUND_PENDING);
    const third = await retried(purchase, second.id);
    await environment.completeRefund(purchase, { orderRefundId: third.id });
    expect((await read(purchase)).status).to.equal(OrderStatus.REFUNDED);
  });

  it("tries again a refund that was started outside", async () => {
    const purchase = await environment.placePaid();
    await environment.completeRefund(purchase);
    const refundId = v7();
    await reverse(purchase, { refundId });
    const again = await retried(purchase, refundId);
    expect(again.amount).to.include(eur(10));
  });

  it("tries again a refund of one line, which is counted for the line once", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    await refund(environment, purchase, { items: [{ itemId: purchase.itemIds[0]!, amount: eur(10) }] });
    const { id: orderRefundId } = (await read(purchase)).refund!;
    await reverse(purchase, { orderRefundId, amount: 10 });
    const again = await retried(purchase, orderRefundId);
    await environment.completeRefund(purchase, { orderRefundId: again.id, amount: 10 });
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.PAID);
    expect(order.items[0]?.refunded).to.include(eur(10));
  });
});
