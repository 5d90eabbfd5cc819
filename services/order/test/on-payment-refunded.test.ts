import { OrderRefundStatus, OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { course, eur, newCourse, otherCourse } from "../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { approveRefund, placeRefundRequested } from "./support/refunds.ts";

describe("payment.refunded", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const deadLetters = (eventId: string) =>
    environment.query("SELECT reason FROM dead_letter WHERE event_id = $1", [eventId]);

  it("of all the money makes a paid order REFUNDED, without an approval", async () => {
    const bought = newCourse();
    const purchase = await environment.placePaid([bought]);
    await environment.completeRefund(purchase);
    expect(await read(purchase)).to.include({
      status: OrderStatus.REFUNDED,
      refundStatus: OrderRefundStatus.FULL,
    });
    expect((await historyOf(purchase)).at(-1)).to.equal("PAYMENT_REFUNDED > REFUNDED");
    const [body] = await environment.eventDataOf(purchase, "order.refunded");
    expect(body).to.deep.include({ status: "refunded", amount: 10, revokedCourseIds: [bought] });
  });

  it("of a part leaves the order PAID, and counts", async () => {
    const purchase = await environment.placePaid();
    await environment.completeRefund(purchase, { amount: 2.5 });
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, refundStatus: OrderRefundStatus.PARTIAL });
    expect(order.refunded).to.include(eur(2.5));
    await environment.completeRefund(purchase, { amount: 7.5 });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("counts once when the event is repeated", async () => {
    const purchase = await environment.placePaid();
    const fields = { amount: 5, eventId: v7() };
    await Promise.all([
      environment.completeRefund(purchase, fields),
      environment.completeRefund(purchase, fields),
    ]);
    expect((await read(purchase)).refunded).to.include(eur(5));
    expect(await environment.eventDataOf(purchase, "order.refunded")).to.have.lengthOf(1);
  });

  it("counts the order's own refund once, though two events report it", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(4) });
    const fields = { amount: 4, orderRefundId: order!.refund!.id };
    await environment.completeRefund(purchase, fields);
    await environment.completeRefund(purchase, fields);
    expect((await read(purchase)).refunded).to.include(eur(4));
  });

  it("of all the money closes the request that waits for an admin", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.completeRefund(purchase);
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.REFUNDED);
    expect(order.refund?.status).not.to.equal(RefundStatus.REQUESTED);
  });

  it("of a part leaves the buyer's request open, for what is left", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.completeRefund(purchase, { amount: 4 });
    expect(await statusOf(purchase)).to.equal("REFUND_REQUESTED");
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId });
    expect(order?.refund?.amount).to.include(eur(6));
  });

  it("of a part does not end the refund under way", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(6) });
    await environment.completeRefund(purchase, { amount: 3 });
    expect(await statusOf(purchase)).to.equal("REFUND_PENDING");
    await environment.completeRefund(purchase, { amount: 6, orderRefundId: order!.refund!.id });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect(after.refunded).to.include(eur(9));
  });

  it("of the amount of the refund under way is another refund: both count, in any order", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(5) });
    await environment.completeRefund(purchase, { amount: 5 });
    expect(await statusOf(purchase)).to.equal("REFUND_PENDING");
    await environment.completeRefund(purchase, { amount: 5, orderRefundId: order!.refund!.id });
    expect(await read(purchase)).to.include({
      status: OrderStatus.REFUNDED,
      refundStatus: OrderRefundStatus.FULL,
    });
  });

  it("changes nothing of an order that was never paid", async () => {
    const purchase = await environment.place();
    await environment.completeRefund(purchase);
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.CREATED);
    expect(order.refunded).to.include(eur(0));
  });

  const impossible: readonly [name: string, fields: { amount?: number; currency?: string }][] = [
    ["nothing", { amount: 0 }],
    ["less than nothing", { amount: -5 }],
    ["parts of a cent", { amount: 1.005 }],
    ["another currency", { currency: "USD" }],
    ["more than is left", { amount: 4.01 }],
  ];
  for (const [name, fields] of impossible) {
    it(`of ${name} goes to the dead letters`, async () => {
      const purchase: Purchase = await environment.placePaid();
      await environment.completeRefund(purchase, { amount: 6 });
      const before = await read(purchase);
      const eventId = v7();
      await environment.completeRefund(purchase, { ...fields, eventId });
      expect(await read(purchase)).to.deep.equal(before);
      expect(await deadLetters(eventId)).to.have.lengthOf(1);
    });
  }
});
describe("payment.refunded after payment.refund_failed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("completes the refund and revokes the refunded course", async () => {
    const purchase = await placeRefundRequested(environment, [course, otherCourse]);
    const items = [{ itemId: purchase.itemIds[1]!, amount: eur(19.9) }];
    const { order } = await approveRefund(environment, purchase, { items });
    const fields = { amount: 19.9, orderRefundId: order!.refund!.id };
    await environment.failRefund(purchase, fields);
    await environment.completeRefund(purchase, fields);
    const after = await read(purchase);
    expect([after.status, after.refund?.status]).to.deep.equal([OrderStatus.PAID, RefundStatus.SUCCEEDED]);
    const [body] = await environment.eventDataOf(purchase, "order.refunded");
    expect(body).to.deep.include({ amount: 19.9, revokedCourseIds: [otherCourse] });
  });
});
