import { CancelReason } from "@till/gen/till/order/v1/order_pb";
import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionOf, rejectionReason } from "../../../../test/support/failure-of.ts";
import {
  course,
  courseLine,
  eur,
  inactiveUser,
  newCourse,
  otherCourse,
} from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("The flow of order and payment (S1)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("S1.20 create, pay, confirm: each side hears of the other, and the client pays in a call of its own", async () => {
    const purchase = await environment.place();
    expect(await statusOf(purchase)).to.equal("CREATED");
    await environment.beginPayment(purchase);
    expect(await statusOf(purchase)).to.equal("PAYMENT_PENDING");
    await environment.pay(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
    const told = await environment.eventsOf(purchase);
    expect(told.map(({ type }) => type)).to.deep.equal([
      "order.created",
      "order.payment_pending",
      "order.status_changed",
      "order.confirmed",
      "order.status_changed",
    ]);
    expect(told.map(({ dataVersion }) => dataVersion)).to.deep.equal([1, 2, 2, 3, 3]);
    expect(new Set(told.map(({ id }) => id))).to.have.lengthOf(5);
    expect(new Set(told.map(({ source }) => source))).to.deep.equal(new Set(["till/order"]));
  });

  it("S1.25 order.created carries exactly its fields, the amount with its decimals", async () => {
    const purchase = await environment.place([course, otherCourse]);
    const order = await read(purchase);
    const [body] = await environment.eventDataOf(purchase, "order.created");
    const { createdAt, ...facts } = body!;
    expect(facts).to.deep.equal({
      orderId: purchase.orderId,
      userId: purchase.userId,
      status: "pending",
      totalAmount: 68.9,
      currency: "EUR",
      itemCount: 2,
      courseIds: [course, otherCourse],
    });
    expect(BigInt(Date.parse(String(createdAt))) / 1000n).to.equal(order.createdAt?.seconds);
  });

  it("S1.26 order.confirmed carries exactly its fields", async () => {
    const bought = newCourse();
    const purchase = await environment.placePaid([bought]);
    const [body] = await environment.eventDataOf(purchase, "order.confirmed");
    const { confirmedAt, ...facts } = body!;
    const { orderId, userId, paymentId } = purchase;
    expect(facts).to.deep.equal({ orderId, userId, status: "confirmed", paymentId, courseIds: [bought] });
    expect(Date.parse(String(confirmedAt))).to.be.closeTo(Date.now(), 60_000);
  });

  it("S1.2/34 an order is placed for a user who exists and is active, and for courses that exist", async () => {
    const order = (user: string, courseId: string) =>
      environment.as(user).createOrder({ items: [courseLine(courseId)], idempotencyKey: v7() });
    const { userId } = await environment.place();
    expect(await rejectionReason(order("018f0000-0000-7000-8000-00000000dead", course))).to.equal(
      "USER_NOT_FOUND",
    );
    expect(await rejectionReason(order(inactiveUser, course))).to.equal("USER_INACTIVE");
    expect(await rejectionReason(order(userId, "018f0000-0000-7000-8000-00000000dead"))).to.equal(
      "COURSE_NOT_FOUND",
    );
    const nothing = environment.as(userId).createOrder({ items: [], idempotencyKey: v7() });
    expect(await rejectionReason(nothing)).to.equal("INVALID_ARGUMENT");
  });

  it("S1.22/24 each line has its price and subtotal, and they make up the total", async () => {
    const purchase = await environment.place([course, otherCourse]);
    const { items } = await purchase.buyer.listOrderItems(purchase);
    expect(
      items.map(({ quantity, unitPrice, subtotal }) => [quantity, unitPrice?.units, subtotal?.nanos]),
    ).to.deep.equal([
      [1, 49n, 0],
      [1, 19n, 900_000_000],
    ]);
    expect((await read(purchase)).total).to.include(eur(68.9));
  });

  it("S1.29/31 a payment that failed is tried again, and the order is confirmed", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    expect(await statusOf(purchase.buyer.retryPayment(purchase))).to.equal("PAYMENT_PENDING");
    const second = { ...purchase, paymentId: v7() };
    await environment.beginPayment(second);
    await environment.pay(second);
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_FAILED > PAYMENT_FAILED",
      "PAYMENT_RETRIED > PAYMENT_PENDING",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
    ]);
    expect(await read(purchase)).to.include({ paymentId: second.paymentId, failedPayments: 1 });
  });

  it("S1.31 a permanent failure cancels the order", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase, { retryable: false });
    expect(await read(purchase)).to.include({ cancelReason: CancelReason.PAYMENT_FAILED });
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "PAYMENT_FAILED", status: "cancelled" });
  });

  it("S1.30/32 a confirmed order is cancelled, and refunded when the money is back", async () => {
    const purchase = await environment.placePaid();
    await environment.admin.cancelOrder({ orderId: purchase.orderId, reason: "fraud" });
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", paymentId: purchase.paymentId });
    await eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");
    await environment.completeRefund(purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("S1.35 a payment is for an order's own payer, amount and currency", async () => {
    const purchase = await environment.place();
    const { orderId, userId, paymentId } = purchase;
    const begin = (more: object) =>
      environment.platform.beginPayment({ orderId, userId, paymentId, amount: eur(10), ...more });
    const wrong = [
      [{ userId: inactiveUser }, "PAYER_MISMATCH", { expected: userId, got: inactiveUser }],
      [{ amount: eur(9.99) }, "AMOUNT_MISMATCH", { expected: "10.00", got: "9.99" }],
      [{ amount: { currencyCode: "USD", units: 10n } }, "CURRENCY_MISMATCH", { expected: "EUR", got: "USD" }],
    ] as const;
    for (const [more, expected, facts] of wrong) {
      const { reason, metadata } = await rejectionOf(begin(more));
      expect([reason, metadata]).to.deep.equal([expected, facts]);
    }
    expect(await historyOf(purchase)).to.deep.equal(["ORDER_CREATED > CREATED"]);
  });

  it("S1.36 a user sees its own orders only, an admin everybody's", async () => {
    const purchase = await environment.placePaid();
    const stranger = (await environment.place()).buyer;
    const { code, reason } = await rejectionOf(stranger.getOrder(purchase));
    expect([code, reason]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    expect(await rejectionReason(stranger.listOrders({ userId: purchase.userId }))).to.equal(
      "PERMISSION_DENIED",
    );
    expect((await environment.admin.getOrder(purchase)).order?.id).to.equal(purchase.orderId);
  });
});
