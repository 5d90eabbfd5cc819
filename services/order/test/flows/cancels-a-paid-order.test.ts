import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import {
  berlin,
  courseLine,
  newCourse,
  newSession,
  notebook,
  productLine,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  publishedTransitionsOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "../support/purchases.ts";

describe("A paid order that is cancelled", () => {
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

  it("is CANCELLED at once, and its full refund starts and ends by itself", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    const { order } = await purchase.buyer.cancelOrder(purchase);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.USER });
    await untilStatus(purchase, "REFUND_PENDING");
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

  it("goes from PAID over CANCELLED to REFUND_PENDING", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
    await untilStatus(purchase, "REFUND_PENDING");
    expect(await publishedTransitionsOf(environment, purchase)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > CANCELLED",
      "CANCELLED > REFUND_PENDING",
    ]);
  });

  it("names its payment in order.cancelled, and is REFUNDED when the refund is done", async () => {
    const purchase = await environment.placePaid();
    await environment.admin.cancelOrder({ orderId: purchase.orderId, reason: "fraud" });
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", paymentId: purchase.paymentId });
    await untilStatus(purchase, "REFUND_PENDING");
    await environment.completeRefund(purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("has a failed refund repeated under another id until one succeeds", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.cancelOrder(purchase);
    await untilStatus(purchase, "REFUND_PENDING");
    const first = (await read(purchase)).refund!.id;
    const failedAt = Date.now();
    now = () => new Date(failedAt);
    await environment.failRefund(purchase, { orderRefundId: first });
    expect((await historyOf(purchase)).at(-1)).to.equal("REFUND_FAILED > CANCELLED");
    now = () => new Date(failedAt + 60_000);
    await untilStatus(purchase, "REFUND_PENDING");
    const second = (await read(purchase)).refund!.id;
    expect(second).not.to.equal(first);
    await environment.completeRefund(purchase, { orderRefundId: second });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  for (const comesFirst of [true, false])
    it(`has what another refund left of it refunded at once, which was reported ${comesFirst ? "before" : "after"} the failure`, async () => {
      const purchase = await environment.placePaid([newCourse(), newCourse()]);
      await purchase.buyer.cancelOrder(purchase);
      await untilStatus(purchase, "REFUND_PENDING");
      const { id } = (await read(purchase)).refund!;
      const reports = [
        () => environment.completeRefund(purchase, { amount: 8 }),
        () =>
          environment.failRefund(purchase, {
            amount: 20,
            orderRefundId: id,
            failureCode: "exceeds_captured",
          }),
      ];
      for (const report of comesFirst ? reports : reports.toReversed()) await report();
      const approved = await eventually(async () => {
        const bodies = await environment.eventDataOf(purchase, "order.refund_approved");
        expect(bodies).to.have.lengthOf(2);
        return bodies;
      });
      expect(approved.map(({ amount }) => amount)).to.deep.equal([20, 12]);
      await environment.completeRefund(purchase, {
        amount: 12,
        orderRefundId: String(approved[1]!.refundId),
      });
      expect(await statusOf(purchase)).to.equal("REFUNDED");
    });

  it("releases its seat and its stock", async () => {
    const session = newSession();
    const lines = [courseLine(newCourse()), sessionLine(session), productLine(notebook)];
    const purchase = await environment.beginAndPay(
      await environment.placeLines(lines, undefined, { shippingAddress: berlin }),
    );
    expect(purchase.total).to.equal(37.5);
    expect(await environment.eventDataOf(purchase, "session.held")).to.have.lengthOf(1);
    const [confirmed] = await environment.eventDataOf(purchase, "session.confirmed");
    expect(confirmed).to.include({ sessionId: session, bookingStatus: "confirmed", seats: 1 });
    const { order } = await purchase.buyer.cancelOrder(purchase);
    expect(order?.status).to.equal(OrderStatus.CANCELLED);
    await untilReleased(purchase);
    expect(await environment.eventDataOf(purchase, "session.cancelled")).to.have.lengthOf(1);
    await untilStatus(purchase, "REFUND_PENDING");
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved).to.include({ amount: 37.5 });
  });

  const untilReleased = (purchase: Purchase) =>
    eventually(async () => (await read(purchase)).inventoryReleasedAt !== undefined);
});
