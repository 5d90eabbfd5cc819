import { OrderRefundStatus, OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eur, newCourse } from "../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("Money given back from outside: by an admin of payments, or a chargeback (C5)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const deadLetters = (eventId: string) =>
    environment.query("SELECT reason FROM dead_letter WHERE event_id = $1", [eventId]);

  it("C5 all of it makes a paid order REFUNDED, without anybody's approval", async () => {
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

  it("C7 a part of it leaves the order PAID, and counts", async () => {
    const purchase = await environment.placePaid();
    await environment.completeRefund(purchase, { amount: 2.5 });
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, refundStatus: OrderRefundStatus.PARTIAL });
    expect(order.refunded).to.include(eur(2.5));
    await environment.completeRefund(purchase, { amount: 7.5 });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("C5 the same event twice counts once", async () => {
    const purchase = await environment.placePaid();
    const fields = { amount: 5, eventId: v7() };
    await Promise.all([
      environment.completeRefund(purchase, fields),
      environment.completeRefund(purchase, fields),
    ]);
    expect((await read(purchase)).refunded).to.include(eur(5));
    expect(await environment.eventDataOf(purchase, "order.refunded")).to.have.lengthOf(1);
  });

  it("C7 the order's own refund counts once, though two events tell of it", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(4) });
    const fields = { amount: 4, orderRefundId: order!.refund!.id };
    await environment.completeRefund(purchase, fields);
    await environment.completeRefund(purchase, fields);
    expect((await read(purchase)).refunded).to.include(eur(4));
  });

  it("C5 all of it settles an order whose refund waits for an admin; no request is left open", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.completeRefund(purchase);
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.REFUNDED);
    expect(order.refund?.status).not.to.equal(RefundStatus.REQUESTED);
  });

  it("C7 a part of it leaves the buyer's request open, for what is left", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.completeRefund(purchase, { amount: 4 });
    expect(await statusOf(purchase)).to.equal("REFUND_REQUESTED");
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId });
    expect(order?.refund?.amount).to.include(eur(6));
  });

  it("C7 a part of it while a refund is under way does not end that refund", async () => {
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

  it("C7 as much as the refund under way is other money: both count, whichever comes first", async () => {
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

  it("C5 nothing is refunded of what never was paid: the order stays unpaid", async () => {
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
    it(`an event that gives back ${name} goes to the dead letters`, async () => {
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
