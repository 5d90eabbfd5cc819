import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse } from "../support/order-world.ts";
import {
  eur,
  historyOf,
  read,
  reasonOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("Cancelling an order (C4)", () => {
  let till: StoryWorld;
  let now = () => new Date();
  before(async () => {
    till = await storyWorld({ now: () => now(), env: { TILL_REFUND_RETRY_SECONDS: "60" } });
  });
  afterEach(() => (now = () => new Date()));
  after(() => till.stop());

  const isRefundPending = (tale: Tale) => eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");

  it("C4 ends an unpaid order wherever it stands, and no money moves", async () => {
    const created = await till.place();
    const pending = await till.place();
    await till.begin(pending);
    const failed = await till.place();
    await till.decline(failed);
    for (const tale of [created, pending, failed]) {
      expect(await statusOf(tale.buyer.cancelOrder(tale))).to.equal("CANCELLED");
      expect(await till.bodiesOf(tale, "order.refund_approved")).to.deep.equal([]);
    }
    const [body] = await till.bodiesOf(pending, "order.cancelled");
    expect(body, "the payment under way is named, so that it is voided").to.include({
      reason: "USER",
      paymentId: pending.paymentId,
    });
  });

  it("C4 after payment answers CANCELLED; the refund of all the money begins and ends by itself", async () => {
    const tale = await till.placePaid([anyCourse(), anyCourse()]);
    const { order } = await tale.buyer.cancelOrder(tale);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: "USER" });
    await isRefundPending(tale);
    const [approved] = await till.bodiesOf(tale, "order.refund_approved");
    expect(approved).to.include({ amount: 20, paymentId: tale.paymentId });
    await till.refunded(tale, { orderRefundId: String(approved!.refundId) });
    expect(await read(tale)).to.include({ status: OrderStatus.REFUNDED, cancelReason: "USER" });
    expect((await historyOf(tale)).slice(-3)).to.deep.equal([
      "ORDER_CANCELED > CANCELLED",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
  });

  it("C4 a refund of a cancelled order that fails is tried again under another id until the money is back", async () => {
    const tale = await till.placePaid();
    await tale.buyer.cancelOrder(tale);
    await isRefundPending(tale);
    const first = (await read(tale)).refund!.id;
    const failedAt = Date.now();
    now = () => new Date(failedAt);
    await till.refundFailed(tale, { orderRefundId: first });
    expect((await historyOf(tale)).at(-1)).to.equal("REFUND_FAILED > CANCELLED");
    now = () => new Date(failedAt + 60_000);
    await isRefundPending(tale);
    const second = (await read(tale)).refund!.id;
    expect(second).not.to.equal(first);
    await till.refunded(tale, { orderRefundId: second });
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("C4 frees the courses for another purchase at once", async () => {
    const course = anyCourse();
    const tale = await till.placePaid([course]);
    expect(await reasonOf(till.place([course], tale.userId))).to.equal("ALREADY_PURCHASED");
    await tale.buyer.cancelOrder(tale);
    const again = await till.place([course], tale.userId);
    expect(await reasonOf(till.place([course], tale.userId))).to.equal("ORDER_IN_PROGRESS");
    expect(again.orderId).not.to.equal(tale.orderId);
  });

  it("C4 tells an admin's cancellation from a buyer's", async () => {
    const tale = await till.place();
    const { order } = await till.admin.cancelOrder({ orderId: tale.orderId, reason: "fraud" });
    expect(order?.cancelReason).to.equal("ADMIN");
    const [body] = await till.bodiesOf(tale, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", remark: "fraud" });
  });

  it("S0.10 keeps the reason that was given as it was given, else who cancelled", async () => {
    for (const [reason, kept] of [
      ["changed my mind", "changed my mind"],
      ["", "USER"],
    ] as const) {
      const tale = await till.place();
      await tale.buyer.cancelOrder({ orderId: tale.orderId, reason });
      const { events } = await tale.buyer.listOrderEvents(tale);
      expect(events.at(-1)).to.include({ type: "ORDER_CANCELED", reason: kept });
      const [body] = await till.bodiesOf(tale, "order.cancelled");
      expect([body?.reason, body?.remark]).to.deep.equal(["USER", reason || undefined]);
    }
  });

  it("C12 cancelling again changes nothing, whoever does it and wherever the refund stands", async () => {
    const tale = await till.placePaid();
    await tale.buyer.cancelOrder(tale);
    await isRefundPending(tale);
    const before = await read(tale);
    for (const client of [tale.buyer, till.admin])
      expect((await client.cancelOrder({ orderId: tale.orderId })).order).to.deep.equal(before);
  });

  it("C4 money that comes for a cancelled order is recorded, announced, and changes no sums when it went back", async () => {
    const tale = await till.place();
    await till.begin(tale);
    await tale.buyer.cancelOrder(tale);
    await till.pay(tale);
    expect((await historyOf(tale)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    const [late] = await till.bodiesOf(tale, "order.late_payment");
    expect(late).to.include({ paymentId: tale.paymentId, amount: 10, currency: "EUR", status: "cancelled" });
    await till.refunded(tale);
    const order = await read(tale);
    expect(order.status).to.equal(OrderStatus.CANCELLED);
    expect(order.captured).to.include(eur(0));
    expect(order.refunded).to.include(eur(0));
    expect(await till.bodiesOf(tale, "order.refunded")).to.deep.equal([]);
  });

  it("C4 a second payment for a paid order is late money; its return leaves the order PAID", async () => {
    const tale = await till.placePaid();
    const second = v7();
    await till.pay(tale, { paymentId: second });
    const [late] = await till.bodiesOf(tale, "order.late_payment");
    expect(late).to.include({ paymentId: second, status: "confirmed" });
    await till.refunded(tale, { paymentId: second });
    const order = await read(tale);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: tale.paymentId });
    expect(order.refunded).to.include(eur(0));
  });
});

describe("Cancelling where TILL_CANCEL_AFTER_PAID is off (C4)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld({ env: { TILL_CANCEL_AFTER_PAID: "off" } })));
  after(() => till.stop());

  it("C4 a buyer cancels before payment alone, as S0 and S4 have it", async () => {
    const unpaid = await till.place();
    expect(await statusOf(unpaid.buyer.cancelOrder(unpaid))).to.equal("CANCELLED");
    const paid = await till.placePaid();
    expect(await reasonOf(paid.buyer.cancelOrder(paid))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("C4 an admin still cancels what is paid", async () => {
    const tale = await till.placePaid();
    expect(await statusOf(till.admin.cancelOrder({ orderId: tale.orderId }))).to.equal("CANCELLED");
  });
});
