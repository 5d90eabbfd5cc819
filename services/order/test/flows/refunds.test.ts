import { OrderStatus, RefundState, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { anyCourse, course, otherCourse } from "../support/order-world.ts";
import {
  eur,
  historyOf,
  read,
  reasonOf,
  refund,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("Refunds (C5-C7)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const request = (tale: Tale, reason = "too hard") =>
    tale.buyer.requestRefund({ orderId: tale.orderId, reason });
  const approve = ({ orderId }: Tale, grant: object = {}) => till.admin.approveRefund({ orderId, ...grant });
  const reject = ({ orderId }: Tale) => till.admin.rejectRefund({ orderId, reason: "no" });

  async function asked(courses?: readonly string[]): Promise<Tale> {
    const tale = await till.placePaid(courses);
    await request(tale);
    return tale;
  }

  it("C5 an approved refund waits for the money: REFUNDED only when payment.refunded has come", async () => {
    const tale = await asked();
    await approve(tale);
    expect(await statusOf(tale)).to.equal("REFUND_PENDING");
    expect((await read(tale)).refunded).to.include(eur(0));
    await till.refunded(tale);
    expect(await read(tale)).to.include({ status: OrderStatus.REFUNDED, refundStatus: RefundStatus.FULL });
  });

  it("C5 a refund that fails takes the order back to where it was, and it may be asked for again", async () => {
    const tale = await asked();
    const { order } = await approve(tale);
    await till.refundFailed(tale, { orderRefundId: order!.refund!.id });
    const after = await read(tale);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect(after.refund).to.include({ state: RefundState.FAILED, remark: "no money" });
    await request(tale, "again");
    await refund(till, tale);
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("C5 the failure of another refund than the one under way changes nothing", async () => {
    const tale = await asked();
    await approve(tale, { amount: eur(6) });
    const before = await read(tale);
    await till.refundFailed(tale, { amount: 6, orderRefundId: tale.paymentId });
    await till.refundFailed(tale, { amount: 3 });
    expect(await read(tale)).to.deep.equal(before);
  });

  it("C5 a refund that succeeds after it was said to have failed settles what it was for", async () => {
    const tale = await asked([course, otherCourse]);
    const items = [{ itemId: tale.itemIds[1]!, amount: eur(19.9) }];
    const { order } = await approve(tale, { items });
    const news = { amount: 19.9, orderRefundId: order!.refund!.id };
    await till.refundFailed(tale, news);
    await till.refunded(tale, news);
    const after = await read(tale);
    expect([after.status, after.refund?.state]).to.deep.equal([OrderStatus.PAID, RefundState.SETTLED]);
    const [body] = await till.bodiesOf(tale, "order.refunded");
    expect(body).to.deep.include({ amount: 19.9, revokedCourseIds: [otherCourse] });
  });

  it("C6 after a rejection the buyer asks again, and an admin decides anew", async () => {
    const tale = await asked();
    const first = (await read(tale)).refund!.id;
    await reject(tale);
    const { order } = await request(tale, "really too hard");
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "really too hard", state: RefundState.REQUESTED });
    expect(order?.refund?.id).not.to.equal(first);
    expect(await till.bodiesOf(tale, "order.refund_requested")).to.have.lengthOf(2);
    await refund(till, tale);
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("C6 after a rejection the order is closed back to where it was, by its buyer or an admin", async () => {
    for (const by of ["buyer", "admin"] as const) {
      const tale = await asked();
      await reject(tale);
      const client = by === "buyer" ? tale.buyer : till.admin;
      expect(await statusOf(client.closeRefund({ orderId: tale.orderId, reason: "fine" }))).to.equal("PAID");
      expect((await historyOf(tale)).at(-1)).to.equal("REFUND_CLOSED > PAID");
    }
  });

  it("C6 a completed order returns to COMPLETED when its refund is closed", async () => {
    const tale = await till.placePaid();
    await till.platform.updateOrderStatus({ orderId: tale.orderId, status: OrderStatus.COMPLETED });
    await request(tale);
    expect(await statusOf(tale.buyer.closeRefund(tale))).to.equal("COMPLETED");
    const moves = await till.bodiesOf(tale, "order.status_changed");
    expect(moves.at(-1)).to.include({ from: "REFUND_REQUESTED", to: "COMPLETED" });
    expect((await read(tale)).refund?.state).to.equal(RefundState.CLOSED);
  });

  it("C12 each refund command repeated changes nothing", async () => {
    const tale = await asked();
    const repeat = async (call: () => Promise<{ order?: unknown }>) =>
      expect((await call()).order).to.deep.equal(await read(tale));
    const before = await read(tale);
    await repeat(() => request(tale, "in other words"));
    expect(await read(tale)).to.deep.equal(before);
    await reject(tale);
    const rejected = await read(tale);
    await repeat(() => reject(tale));
    expect(await read(tale)).to.deep.equal(rejected);
    await tale.buyer.closeRefund(tale);
    const closed = await read(tale);
    await repeat(() => tale.buyer.closeRefund(tale));
    expect(await read(tale)).to.deep.equal(closed);
    await request(tale);
    await approve(tale);
    const approved = await read(tale);
    await repeat(() => approve(tale));
    expect(await read(tale)).to.deep.equal(approved);
  });

  it("C7 a refunded order frees its courses", async () => {
    const bought = anyCourse();
    const tale = await asked([bought]);
    await approve(tale);
    expect(await reasonOf(till.place([bought], tale.userId))).to.equal("ALREADY_PURCHASED");
    await till.refunded(tale);
    expect(await statusOf(await till.place([bought], tale.userId))).to.equal("CREATED");
  });
});

describe("Refunds where TILL_REFUND_ONLY_PAID is on (C5, strict)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld({ env: { TILL_REFUND_ONLY_PAID: "on" } })));
  after(() => till.stop());

  it("C5 a refund is asked for in PAID alone, as S0 has it", async () => {
    const done = await till.placePaid();
    await till.platform.updateOrderStatus({ orderId: done.orderId, status: OrderStatus.COMPLETED });
    const { reason, metadata } = await refusalOf(done.buyer.requestRefund({ ...done, reason: "x" }));
    expect([reason, metadata.from]).to.deep.equal(["ILLEGAL_TRANSITION", "COMPLETED"]);
    const paid = await till.placePaid();
    expect(await statusOf(paid.buyer.requestRefund({ ...paid, reason: "x" }))).to.equal("REFUND_REQUESTED");
  });
});
