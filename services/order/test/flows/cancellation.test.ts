import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import { eur, newCourse } from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("Cancelling an order (C4)", () => {
  let environment: PurchaseEnvironment;
  let now = () => new Date();
  before(async () => {
    environment = await startPurchaseEnvironment({
      now: () => now(),
      env: { TILL_REFUND_RETRY_SECONDS: "60" },
    });
  });
  afterEach(() => (now = () => new Date()));
  after(() => environment.stop());

  const isRefundPending = (purchase: Purchase) =>
    eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");

  it("C4 ends an unpaid order wherever it stands, and no money moves", async () => {
    const created = await environment.place();
    const pending = await environment.place();
    await environment.beginPayment(pending);
    const failed = await environment.place();
    await environment.decline(failed);
    for (const purchase of [created, pending, failed]) {
      expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
      expect(await environment.eventDataOf(purchase, "order.refund_approved")).to.deep.equal([]);
    }
    const [body] = await environment.eventDataOf(pending, "order.cancelled");
    expect(body, "the payment under way is named, so that it is voided").to.include({
      reason: "USER",
      paymentId: pending.paymentId,
    });
  });

  it("C4 after payment answers CANCELLED; the refund of all the money begins and ends by itself", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    const { order } = await purchase.buyer.cancelOrder(purchase);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.USER });
    await isRefundPending(purchase);
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved).to.include({ amount: 20, paymentId: purchase.paymentId });
    await environment.completeRefund(purchase, { orderRefundId: String(approved!.refundId) });
    expect(await read(purchase)).to.include({
      status: OrderStatus.REFUNDED,
      cancelReason: CancelReason.USER,
    });
    expect((await historyOf(purchase)).slice(-3)).to.deep.equal([
      "ORDER_CANCELED > CANCELLED",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
  });

  it("C4 a refund of a cancelled order that fails is tried again under another id until the money is back", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.cancelOrder(purchase);
    await isRefundPending(purchase);
    const first = (await read(purchase)).refund!.id;
    const failedAt = Date.now();
    now = () => new Date(failedAt);
    await environment.failRefund(purchase, { orderRefundId: first });
    expect((await historyOf(purchase)).at(-1)).to.equal("REFUND_FAILED > CANCELLED");
    now = () => new Date(failedAt + 60_000);
    await isRefundPending(purchase);
    const second = (await read(purchase)).refund!.id;
    expect(second).not.to.equal(first);
    await environment.completeRefund(purchase, { orderRefundId: second });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("C4 frees the courses for another purchase at once", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal("ALREADY_PURCHASED");
    await purchase.buyer.cancelOrder(purchase);
    const again = await environment.place([course], purchase.userId);
    expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal("ORDER_IN_PROGRESS");
    expect(again.orderId).not.to.equal(purchase.orderId);
  });

  it("C4 tells an admin's cancellation from a buyer's", async () => {
    const purchase = await environment.place();
    const { order } = await environment.admin.cancelOrder({ orderId: purchase.orderId, reason: "fraud" });
    expect(order?.cancelReason).to.equal(CancelReason.ADMIN);
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", remark: "fraud" });
  });

  it("S0.10 keeps the reason that was given as it was given, else who cancelled", async () => {
    for (const [reason, kept] of [
      ["changed my mind", "changed my mind"],
      ["", "USER"],
    ] as const) {
      const purchase = await environment.place();
      await purchase.buyer.cancelOrder({ orderId: purchase.orderId, reason });
      const { events } = await purchase.buyer.listOrderEvents(purchase);
      expect(events.at(-1)).to.include({ type: "ORDER_CANCELED", reason: kept });
      const [body] = await environment.eventDataOf(purchase, "order.cancelled");
      expect([body?.reason, body?.remark]).to.deep.equal(["USER", reason || undefined]);
    }
  });

  it("C12 cancelling again changes nothing, whoever does it and wherever the refund stands", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.cancelOrder(purchase);
    await isRefundPending(purchase);
    const before = await read(purchase);
    for (const client of [purchase.buyer, environment.admin])
      expect((await client.cancelOrder({ orderId: purchase.orderId })).order).to.deep.equal(before);
  });

  it("C4 money that comes for a cancelled order is recorded, announced, and changes no sums when it went back", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await purchase.buyer.cancelOrder(purchase);
    await environment.pay(purchase);
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    const [late] = await environment.eventDataOf(purchase, "order.late_payment");
    expect(late).to.include({
      paymentId: purchase.paymentId,
      amount: 10,
      currency: "EUR",
      status: "cancelled",
    });
    await environment.completeRefund(purchase);
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.CANCELLED);
    expect(order.captured).to.include(eur(0));
    expect(order.refunded).to.include(eur(0));
    expect(await environment.eventDataOf(purchase, "order.refunded")).to.deep.equal([]);
  });

  it("C4 a second payment for a paid order is late money; its return leaves the order PAID", async () => {
    const purchase = await environment.placePaid();
    const second = v7();
    await environment.pay(purchase, { paymentId: second });
    const [late] = await environment.eventDataOf(purchase, "order.late_payment");
    expect(late).to.include({ paymentId: second, status: "confirmed" });
    await environment.completeRefund(purchase, { paymentId: second });
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
    expect(order.refunded).to.include(eur(0));
  });
});

describe("Cancelling where TILL_CANCEL_AFTER_PAID is off (C4)", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_CANCEL_AFTER_PAID: "off" } })),
  );
  after(() => environment.stop());

  it("C4 a buyer cancels before payment alone, as S0 and S4 have it", async () => {
    const unpaid = await environment.place();
    expect(await statusOf(unpaid.buyer.cancelOrder(unpaid))).to.equal("CANCELLED");
    const paid = await environment.placePaid();
    expect(await rejectionReason(paid.buyer.cancelOrder(paid))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("C4 an admin still cancels what is paid", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(environment.admin.cancelOrder({ orderId: purchase.orderId }))).to.equal(
      "CANCELLED",
    );
  });
});
