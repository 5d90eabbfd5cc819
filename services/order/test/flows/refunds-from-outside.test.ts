import { OrderStatus, RefundState, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { anyCourse } from "../support/order-world.ts";
import {
  eur,
  historyOf,
  read,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("Money given back from outside: by an admin of payments, or a chargeback (C5)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const deadLetters = (eventId: string) =>
    till.rows("SELECT reason FROM dead_letter WHERE event_id = $1", [eventId]);

  it("C5 all of it makes a paid order REFUNDED, without anybody's approval", async () => {
    const bought = anyCourse();
    const tale = await till.placePaid([bought]);
    await till.refunded(tale);
    expect(await read(tale)).to.include({ status: OrderStatus.REFUNDED, refundStatus: RefundStatus.FULL });
    expect((await historyOf(tale)).at(-1)).to.equal("PAYMENT_REFUNDED > REFUNDED");
    const [body] = await till.bodiesOf(tale, "order.refunded");
    expect(body).to.deep.include({ status: "refunded", amount: 10, revokedCourseIds: [bought] });
  });

  it("C7 a part of it leaves the order PAID, and counts", async () => {
    const tale = await till.placePaid();
    await till.refunded(tale, { amount: 2.5 });
    const order = await read(tale);
    expect(order).to.include({ status: OrderStatus.PAID, refundStatus: RefundStatus.PARTIAL });
    expect(order.refunded).to.include(eur(2.5));
    await till.refunded(tale, { amount: 7.5 });
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("C5 the same event twice counts once", async () => {
    const tale = await till.placePaid();
    const news = { amount: 5, eventId: v7() };
    await Promise.all([till.refunded(tale, news), till.refunded(tale, news)]);
    expect((await read(tale)).refunded).to.include(eur(5));
    expect(await till.bodiesOf(tale, "order.refunded")).to.have.lengthOf(1);
  });

  it("C7 the order's own refund counts once, though two events tell of it", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    const { order } = await till.admin.approveRefund({ orderId: tale.orderId, amount: eur(4) });
    const news = { amount: 4, orderRefundId: order!.refund!.id };
    await till.refunded(tale, news);
    await till.refunded(tale, news);
    expect((await read(tale)).refunded).to.include(eur(4));
  });

  it("C5 all of it settles an order whose refund waits for an admin; no request is left open", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    await till.refunded(tale);
    const order = await read(tale);
    expect(order.status).to.equal(OrderStatus.REFUNDED);
    expect(order.refund?.state).not.to.equal(RefundState.REQUESTED);
  });

  it("C7 a part of it leaves the buyer's request open, for what is left", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    await till.refunded(tale, { amount: 4 });
    expect(await statusOf(tale)).to.equal("REFUND_REQUESTED");
    const { order } = await till.admin.approveRefund({ orderId: tale.orderId });
    expect(order?.refund?.amount).to.include(eur(6));
  });

  it("C7 a part of it while a refund is under way does not end that refund", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    const { order } = await till.admin.approveRefund({ orderId: tale.orderId, amount: eur(6) });
    await till.refunded(tale, { amount: 3 });
    expect(await statusOf(tale)).to.equal("REFUND_PENDING");
    await till.refunded(tale, { amount: 6, orderRefundId: order!.refund!.id });
    const after = await read(tale);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect(after.refunded).to.include(eur(9));
  });

  it("C7 as much as the refund under way is other money: both count, whichever comes first", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    const { order } = await till.admin.approveRefund({ orderId: tale.orderId, amount: eur(5) });
    await till.refunded(tale, { amount: 5 });
    expect(await statusOf(tale)).to.equal("REFUND_PENDING");
    await till.refunded(tale, { amount: 5, orderRefundId: order!.refund!.id });
    expect(await read(tale)).to.include({ status: OrderStatus.REFUNDED, refundStatus: RefundStatus.FULL });
  });

  it("C5 nothing is refunded of what never was paid: the order stays unpaid", async () => {
    const tale = await till.place();
    await till.refunded(tale);
    const order = await read(tale);
    expect(order.status).to.equal(OrderStatus.CREATED);
    expect(order.refunded).to.include(eur(0));
  });

  const impossible: readonly [name: string, news: { amount?: number; currency?: string }][] = [
    ["nothing", { amount: 0 }],
    ["less than nothing", { amount: -5 }],
    ["parts of a cent", { amount: 1.005 }],
    ["another currency", { currency: "USD" }],
    ["more than is left", { amount: 4.01 }],
  ];
  for (const [name, news] of impossible) {
    it(`an event that gives back ${name} goes to the dead letters`, async () => {
      const tale: Tale = await till.placePaid();
      await till.refunded(tale, { amount: 6 });
      const before = await read(tale);
      const eventId = v7();
      await till.refunded(tale, { ...news, eventId });
      expect(await read(tale)).to.deep.equal(before);
      expect(await deadLetters(eventId)).to.have.lengthOf(1);
    });
  }
});
