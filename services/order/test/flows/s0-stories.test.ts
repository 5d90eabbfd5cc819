import { OrderStatus, RefundState } from "@till/gen/till/order/v1/order_pb";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse, buyer } from "../support/order-world.ts";
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

describe("The twelve order stories (S0)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const listed = async (request: object, by = till.admin) =>
    (await by.listOrders(request)).orders.map(({ id }) => id);
  const inStatus = (tale: Tale, status: string) => listed({ statuses: [status] }, tale.buyer);

  it("S0.1-5 story 1: a customer orders several courses, and the order waits for payment", async () => {
    const courses = [anyCourse(), anyCourse(), anyCourse()];
    const tale = await till.place(courses);
    const order = await read(tale);
    expect(order).to.include({
      status: OrderStatus.CREATED,
      userId: tale.userId,
      version: 1n,
      currency: "EUR",
    });
    expect(order.items.map(({ item }) => item.value)).to.deep.equal(courses);
    expect(order.total).to.include(eur(30));
    expect(order.updatedAt).to.deep.equal(order.createdAt);
    const [placed] = await till.bodiesOf(tale, "order.created");
    expect(placed).to.deep.include({ courseIds: courses, totalAmount: 30 });
    expect(await listed({ userId: tale.userId })).to.deep.equal([tale.orderId]);
    for (const courseId of courses) expect(await listed({ courseId })).to.deep.equal([tale.orderId]);
    expect(await inStatus(tale, "PENDING")).to.deep.equal([tale.orderId]);
  });

  it("S0.6-8 story 2: a payment is confirmed, its details are kept and the order is PAID", async () => {
    const tale = await till.place();
    await till.begin(tale);
    await till.pay(tale);
    const order = await read(tale);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: tale.paymentId });
    expect(order.captured).to.include(eur(10));
    expect(timestampDate(order.updatedAt!)).to.be.greaterThan(timestampDate(order.createdAt!));
    const [paid] = await till.bodiesOf(tale, "order.confirmed");
    expect(paid).to.include({ paymentId: tale.paymentId, status: "confirmed" });
    expect(await inStatus(tale, "PENDING")).to.deep.equal([]);
    expect(await inStatus(tale, "PAID")).to.deep.equal([tale.orderId]);
  });

  it("S0.9 story 3: a payment fails, and why is kept and told", async () => {
    const tale = await till.place();
    await till.begin(tale);
    await till.decline(tale);
    expect(await statusOf(tale)).to.equal("PAYMENT_FAILED");
    const [failed] = await till.bodiesOf(tale, "order.payment_failed");
    expect(failed).to.include({ failureCode: "insufficient_funds", failureReason: "no money" });
    const { events } = await tale.buyer.listOrderEvents(tale);
    expect(events.at(-1)).to.include({ type: "PAYMENT_FAILED", reason: "insufficient_funds" });
    expect(await inStatus(tale, "PENDING")).to.deep.equal([]);
    expect(await inStatus(tale, "FAILED")).to.deep.equal([tale.orderId]);
  });

  it("S0.10 story 4: a customer cancels before paying, and the reason is kept and told", async () => {
    const tale = await till.place();
    const { order } = await tale.buyer.cancelOrder({ ...tale, reason: "changed my mind" });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: "USER" });
    const { events } = await tale.buyer.listOrderEvents(tale);
    expect(events.at(-1)?.reason).to.include("changed my mind");
    expect(await till.bodiesOf(tale, "order.cancelled")).to.have.lengthOf(1);
    expect(await inStatus(tale, "PENDING")).to.deep.equal([]);
    expect(await inStatus(tale, "CANCELLED")).to.deep.equal([tale.orderId]);
  });

  it("S0.11 story 5: an order that has been pending too long is expired", async () => {
    const tale = await till.place();
    const { order } = await till.platform.expireOrder(tale);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: "EXPIRED" });
    expect(await inStatus(tale, "CANCELED")).to.deep.equal([tale.orderId]);
  });

  it("S0.12 story 6: a customer asks for the money of a paid order", async () => {
    const tale = await till.placePaid();
    const { order } = await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    expect(order).to.include({ status: OrderStatus.REFUND_REQUESTED });
    expect(order?.refund).to.include({ reason: "too hard", state: RefundState.REQUESTED });
    const [asked] = await till.bodiesOf(tale, "order.refund_requested");
    expect(asked).to.include({ reason: "too hard", refundId: order?.refund?.id });
    expect(await inStatus(tale, "PAID")).to.deep.equal([]);
    expect(await inStatus(tale, "REFUND_REQUESTED")).to.deep.equal([tale.orderId]);
  });

  it("S0.13 story 7: an admin approves a refund and the order is REFUNDED when the money is back", async () => {
    const course = anyCourse();
    const tale = await till.placePaid([course]);
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    const { order } = await till.admin.approveRefund({ orderId: tale.orderId, amount: eur(10) });
    expect(order?.status).to.equal(OrderStatus.REFUND_PENDING);
    const orderRefundId = order!.refund!.id;
    const [approved] = await till.bodiesOf(tale, "order.refund_approved");
    expect(approved).to.include({ refundId: orderRefundId, paymentId: tale.paymentId, amount: 10 });
    await till.refunded(tale, { orderRefundId });
    const after = await read(tale);
    expect(after.status).to.equal(OrderStatus.REFUNDED);
    expect(after.refunded).to.include(eur(10));
    expect(after.refund?.amount).to.include(eur(10));
    const [refunded] = await till.bodiesOf(tale, "order.refunded");
    expect(refunded).to.deep.include({ amount: 10, revokedCourseIds: [course], refundStatus: "full" });
  });

  it("S0.14 story 8: an admin rejects a refund: its reason is cleared, the status stays", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    const { order } = await till.admin.rejectRefund({ orderId: tale.orderId, reason: "watched it all" });
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "", remark: "watched it all", state: RefundState.REJECTED });
    expect(await read(tale)).to.deep.equal(order);
    const [rejected] = await till.bodiesOf(tale, "order.refund_rejected");
    expect(rejected).to.include({ reason: "watched it all" });
  });

  it("S0.15 story 9: all orders of a user are found", async () => {
    const user = buyer();
    const tales = [await till.place(undefined, user), await till.placePaid(undefined, user)];
    await till.place();
    const newestFirst = tales.map(({ orderId }) => orderId).reverse();
    expect(await listed({ userId: user })).to.deep.equal(newestFirst);
    expect(await listed({}, tales[0]!.buyer)).to.deep.equal(newestFirst);
  });

  it("S0.16 story 10: all orders that hold a course are found, whatever else is in them", async () => {
    const course = anyCourse();
    const tales = [await till.place([course]), await till.placePaid([anyCourse(), course])];
    await till.place();
    expect(await listed({ courseId: course })).to.have.members(tales.map(({ orderId }) => orderId));
  });

  it("S0.17 story 11: orders in a status are found: pending, paid, failed, cancelled, refunded", async () => {
    const user = buyer();
    const pending = await till.place(undefined, user);
    const paid = await till.placePaid(undefined, user);
    const failed = await till.place(undefined, user);
    await till.decline(failed);
    const cancelled = await till.place(undefined, user);
    await cancelled.buyer.cancelOrder(cancelled);
    const refunded = await till.placePaid(undefined, user);
    await till.refunded(refunded);
    const expected = { pending, paid, failed, cancelled, refunded };
    for (const [status, { orderId }] of Object.entries(expected))
      expect(await listed({ userId: user, statuses: [status] }), status).to.deep.equal([orderId]);
  });

  it("S0.18 story 12: whether a user has bought a course is answered by the order, or by nothing", async () => {
    const course = anyCourse();
    const tale = await till.placePaid([anyCourse(), course]);
    const { order } = await tale.buyer.getUserCourseOrder({ courseId: course });
    expect(order?.id).to.equal(tale.orderId);
    const asked = { userId: tale.userId, courseId: anyCourse() };
    expect(await reasonOf(till.admin.getUserCourseOrder(asked))).to.equal("ORDER_NOT_FOUND");
    await tale.buyer.cancelOrder(tale);
    await eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");
    expect(await reasonOf(tale.buyer.getUserCourseOrder({ courseId: course }))).to.equal("ORDER_NOT_FOUND");
  });

  it("S0.19 the whole path of S0: PENDING, PAID, REFUND_REQUESTED, REFUNDED, each step in the history", async () => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    await till.admin.approveRefund({ orderId: tale.orderId });
    await till.refunded(tale);
    expect(await historyOf(tale)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
      "REFUND_REQUESTED > REFUND_REQUESTED",
      "REFUND_APPROVED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
  });
});
