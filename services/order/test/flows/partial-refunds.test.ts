import { Code } from "@connectrpc/connect";
import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { course, otherCourse } from "../support/order-world.ts";
import {
  eur,
  read,
  reasonOf,
  refund,
  refusalOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("Partial refunds, and refunds of single lines (C7)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const request = ({ orderId, buyer }: Tale) => buyer.requestRefund({ orderId, reason: "too hard" });
  const approve = ({ orderId }: Tale, grant: object) => till.admin.approveRefund({ orderId, ...grant });

  it("C7 a partial refund returns the order to its prior status; two that make up all of it refund it", async () => {
    const tale = await till.placePaid();
    await refund(till, tale, { amount: eur(4) });
    const part = await read(tale);
    expect(part).to.include({ status: OrderStatus.PAID, refundStatus: RefundStatus.PARTIAL });
    expect(part.refunded).to.include(eur(4));
    const [body] = await till.bodiesOf(tale, "order.refunded");
    expect(body).to.deep.include({
      amount: 4,
      refundedTotal: 4,
      refundStatus: "partial",
      revokedCourseIds: [],
    });
    await request(tale);
    const { reason, code } = await refusalOf(approve(tale, { amount: eur(6.01) }));
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "REFUND_EXCEEDS_CAPTURED"]);
    await refund(till, tale);
    const all = await read(tale);
    expect(all).to.include({ status: OrderStatus.REFUNDED, refundStatus: RefundStatus.FULL });
    expect(all.refunded).to.include(eur(10));
    expect(all.refund?.amount).to.include(eur(6));
  });

  it("C7 a refund of one line takes that course away, and only that, and it is free to buy again", async () => {
    const tale = await till.placePaid([course, otherCourse]);
    const items = [{ itemId: tale.itemIds[1]!, amount: eur(19.9) }];
    await refund(till, tale, { items });
    const order = await read(tale);
    expect(order.status).to.equal(OrderStatus.PAID);
    expect(order.items.map(({ refunded }) => refunded?.units)).to.deep.equal([undefined, 19n]);
    const [body] = await till.bodiesOf(tale, "order.refunded");
    expect(body).to.deep.include({ amount: 19.9, revokedCourseIds: [otherCourse], refundStatus: "partial" });
    expect(await reasonOf(till.place([course], tale.userId))).to.equal("ALREADY_PURCHASED");
    expect(await reasonOf(tale.buyer.getUserCourseOrder({ courseId: otherCourse }))).to.equal(
      "ORDER_NOT_FOUND",
    );
    const again = await till.placePaid([otherCourse], tale.userId);
    const { order: live } = await tale.buyer.getUserCourseOrder({ courseId: otherCourse });
    expect(live?.id).to.equal(again.orderId);
  });

  it("C7 a part of a line's price does not take the course away, the rest of it does", async () => {
    const tale = await till.placePaid([course, otherCourse]);
    const itemId = tale.itemIds[0]!;
    await refund(till, tale, { items: [{ itemId, amount: eur(9) }] });
    await request(tale);
    const tooMuch = approve(tale, { items: [{ itemId, amount: eur(41) }] });
    expect(await reasonOf(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
    await refund(till, tale, { items: [{ itemId, amount: eur(40) }] });
    const bodies = await till.bodiesOf(tale, "order.refunded");
    expect(bodies.map(({ revokedCourseIds }) => revokedCourseIds)).to.deep.equal([[], [course]]);
  });
});
