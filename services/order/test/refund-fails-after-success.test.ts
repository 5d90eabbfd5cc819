import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  eur,
  newCourse,
  newProduct,
  productLine,
} from "../../../test/support/fixtures.ts";
import { fastRecovery } from "./support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";
import { approveRefund, refund, requestRefund } from "./support/refunds.ts";

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

  const line = ({ itemIds }: Purchase, index: number) => ({
    items: [{ itemId: itemIds[index]!, amount: eur(10) }],
  });

  it("tries a part again while the goods are with the carrier", async () => {
    const placed = await environment.placeLines(
      [courseLine(newCourse()), productLine(newProduct())],
      undefined,
      {
        shippingAddress: berlin,
      },
    );
    const purchase = await environment.beginAndPay(placed);
    await refund(environment, purchase, line(purchase, 0));
    const { id: orderRefundId } = (await read(purchase)).refund!;
    const { orderId } = purchase;
    for (const status of [OrderStatus.READY_TO_SHIP, OrderStatus.SHIPPED])
      await environment.platform.updateOrderStatus({ orderId, status });
    await reverse(purchase, { orderRefundId, amount: 10 });
    const again = await retried(purchase, orderRefundId);
    expect(again.amount).to.include(eur(10));
    await environment.failRefund(purchase, { orderRefundId: again.id, amount: 10 });
    const third = await retried(purchase, again.id);
    await environment.completeRefund(purchase, { orderRefundId: third.id, amount: 10 });
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.SHIPPED);
    expect(order.refunded).to.include(eur(10));
    await nothingIsDue(purchase);
  });

  it("tries a part again after the refund that was under way when it failed", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse(), newCourse()]);
    await refund(environment, purchase, line(purchase, 0));
    const { id: first } = (await read(purchase)).refund!;
    await requestRefund(purchase);
    const { order } = await approveRefund(environment, purchase, line(purchase, 1));
    const { id: second } = order!.refund!;
    await reverse(purchase, { orderRefundId: first, amount: 10 });
    await environment.completeRefund(purchase, { orderRefundId: second, amount: 10 });
    const again = await retried(purchase, second);
    expect(again.amount).to.include(eur(10));
    await environment.completeRefund(purchase, { orderRefundId: again.id, amount: 10 });
    const after = await read(purchase);
    expect([after.status, after.refunded!.units]).to.deep.equal([OrderStatus.PAID, 20n]);
    await nothingIsDue(purchase);
  });

  it("tries a part again that was refunded outside, also after a decision on a request", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    const refundId = v7();
    await environment.completeRefund(purchase, { amount: 4 });
    await requestRefund(purchase);
    await reverse(purchase, { refundId, amount: 4 });
    const { id: requested } = (await read(purchase)).refund!;
    await purchase.buyer.closeRefund(purchase);
    const again = await retried(purchase, requested);
    expect(again.amount).to.include(eur(4));
  });

  it("of an order that is refunded in full by two refunds owes each that fails", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    const [first, second] = [v7(), v7()];
    await environment.completeRefund(purchase, { amount: 10 });
    await environment.completeRefund(purchase, { amount: 10 });
    await reverse(purchase, { refundId: first, amount: 10 });
    const again = await retried(purchase, first);
    await reverse(purchase, { refundId: second, amount: 10 });
    await environment.completeRefund(purchase, { orderRefundId: again.id, amount: 10 });
    const last = await retried(purchase, again.id);
    await environment.completeRefund(purchase, { orderRefundId: last.id, amount: 10 });
    const order = await read(purchase);
    expect([order.status, order.refunded!.units]).to.deep.equal([OrderStatus.REFUNDED, 20n]);
  });

  async function nothingIsDue({ orderId }: Purchase): Promise<void> {
    const rows = await environment.query(`SELECT refund_due_minor::int AS due FROM orders WHERE id = $1`, [
      orderId,
    ]);
    expect(rows).to.deep.equal([{ due: 0 }]);
  }
});
