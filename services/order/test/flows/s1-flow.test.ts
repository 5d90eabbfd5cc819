import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse, course, inactive, otherCourse } from "../support/order-world.ts";
import {
  eur,
  historyOf,
  read,
  reasonOf,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
} from "../support/flow-world.ts";

describe("The flow of order and payment (S1)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  it("S1.20 create, pay, confirm: each side hears of the other, and the client pays in a call of its own", async () => {
    const tale = await till.place();
    expect(await statusOf(tale)).to.equal("CREATED");
    await till.begin(tale);
    expect(await statusOf(tale)).to.equal("PAYMENT_PENDING");
    await till.pay(tale);
    expect(await statusOf(tale)).to.equal("PAID");
    const told = await till.toldOf(tale);
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
    const tale = await till.place([course, otherCourse]);
    const order = await read(tale);
    const [body] = await till.bodiesOf(tale, "order.created");
    const { createdAt, ...facts } = body!;
    expect(facts).to.deep.equal({
      orderId: tale.orderId,
      userId: tale.userId,
      status: "pending",
      totalAmount: 68.9,
      currency: "EUR",
      itemCount: 2,
      courseIds: [course, otherCourse],
    });
    expect(BigInt(Date.parse(String(createdAt))) / 1000n).to.equal(order.createdAt?.seconds);
  });

  it("S1.26 order.confirmed carries exactly its fields", async () => {
    const bought = anyCourse();
    const tale = await till.placePaid([bought]);
    const [body] = await till.bodiesOf(tale, "order.confirmed");
    const { confirmedAt, ...facts } = body!;
    const { orderId, userId, paymentId } = tale;
    expect(facts).to.deep.equal({ orderId, userId, status: "confirmed", paymentId, courseIds: [bought] });
    expect(Date.parse(String(confirmedAt))).to.be.closeTo(Date.now(), 60_000);
  });

  it("S1.2/34 an order is placed for a user who exists and is active, and for courses that exist", async () => {
    const order = (user: string, courseId: string) =>
      till
        .as(user)
        .createOrder({ items: [{ item: { case: "courseId", value: courseId } }], idempotencyKey: v7() });
    const { userId } = await till.place();
    expect(await reasonOf(order("018f0000-0000-7000-8000-00000000dead", course))).to.equal("USER_NOT_FOUND");
    expect(await reasonOf(order(inactive, course))).to.equal("USER_INACTIVE");
    expect(await reasonOf(order(userId, "018f0000-0000-7000-8000-00000000dead"))).to.equal(
      "COURSE_NOT_FOUND",
    );
    const nothing = till.as(userId).createOrder({ items: [], idempotencyKey: v7() });
    expect(await reasonOf(nothing)).to.equal("INVALID_ARGUMENT");
  });

  it("S1.22/24 each line has its price and subtotal, and they make up the total", async () => {
    const tale = await till.place([course, otherCourse]);
    const { items } = await tale.buyer.listOrderItems(tale);
    expect(
      items.map(({ quantity, unitPrice, subtotal }) => [quantity, unitPrice?.units, subtotal?.nanos]),
    ).to.deep.equal([
      [1, 49n, 0],
      [1, 19n, 900_000_000],
    ]);
    expect((await read(tale)).total).to.include(eur(68.9));
  });

  it("S1.29/31 a payment that failed is tried again, and the order is confirmed", async () => {
    const tale = await till.place();
    await till.begin(tale);
    await till.decline(tale);
    expect(await statusOf(tale.buyer.retryPayment(tale))).to.equal("PAYMENT_PENDING");
    const second = { ...tale, paymentId: v7() };
    await till.begin(second);
    await till.pay(second);
    expect(await historyOf(tale)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_FAILED > PAYMENT_FAILED",
      "PAYMENT_RETRIED > PAYMENT_PENDING",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
    ]);
    expect(await read(tale)).to.include({ paymentId: second.paymentId, failedPayments: 1 });
  });

  it("S1.31 a permanent failure cancels the order", async () => {
    const tale = await till.place();
    await till.begin(tale);
    await till.decline(tale, { retryable: false });
    expect(await read(tale)).to.include({ cancelReason: "PAYMENT_FAILED" });
    const [body] = await till.bodiesOf(tale, "order.cancelled");
    expect(body).to.include({ reason: "PAYMENT_FAILED", status: "cancelled" });
  });

  it("S1.30/32 a confirmed order is cancelled, and refunded when the money is back", async () => {
    const tale = await till.placePaid();
    await till.admin.cancelOrder({ orderId: tale.orderId, reason: "fraud" });
    const [body] = await till.bodiesOf(tale, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", paymentId: tale.paymentId });
    await eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");
    await till.refunded(tale);
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("S1.35 a payment is for an order's own payer, amount and currency", async () => {
    const tale = await till.place();
    const { orderId, userId, paymentId } = tale;
    const begin = (more: object) =>
      till.platform.beginPayment({ orderId, userId, paymentId, amount: eur(10), ...more });
    const wrong = [
      [{ userId: inactive }, "PAYER_MISMATCH", { expected: userId, got: inactive }],
      [{ amount: eur(9.99) }, "AMOUNT_MISMATCH", { expected: "10.00", got: "9.99" }],
      [{ amount: { currencyCode: "USD", units: 10n } }, "CURRENCY_MISMATCH", { expected: "EUR", got: "USD" }],
    ] as const;
    for (const [more, expected, facts] of wrong) {
      const { reason, metadata } = await refusalOf(begin(more));
      expect([reason, metadata]).to.deep.equal([expected, facts]);
    }
    expect(await historyOf(tale)).to.deep.equal(["ORDER_CREATED > CREATED"]);
  });

  it("S1.36 a user sees its own orders only, an admin everybody's", async () => {
    const tale = await till.placePaid();
    const stranger = (await till.place()).buyer;
    const { code, reason } = await refusalOf(stranger.getOrder(tale));
    expect([code, reason]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    expect(await reasonOf(stranger.listOrders({ userId: tale.userId }))).to.equal("PERMISSION_DENIED");
    expect((await till.admin.getOrder(tale)).order?.id).to.equal(tale.orderId);
  });
});
