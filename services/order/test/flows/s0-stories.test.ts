import { timestampDate } from "@bufbuild/protobuf/wkt";
import { CancelReason, OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import { eur, newCourse, newUser } from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("The twelve order stories (S0)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const listed = async (request: object, by = environment.admin) =>
    (await by.listOrders(request)).orders.map(({ id }) => id);
  const inStatus = (purchase: Purchase, status: string) => listed({ statuses: [status] }, purchase.buyer);

  it("S0.1-5 story 1: a customer orders several courses, and the order waits for payment", async () => {
    const courses = [newCourse(), newCourse(), newCourse()];
    const purchase = await environment.place(courses);
    const order = await read(purchase);
    expect(order).to.include({
      status: OrderStatus.CREATED,
      userId: purchase.userId,
      version: 1n,
      currency: "EUR",
    });
    expect(order.items.map(({ item }) => item.value)).to.deep.equal(courses);
    expect(order.total).to.include(eur(30));
    expect(order.updatedAt).to.deep.equal(order.createdAt);
    const [placed] = await environment.eventDataOf(purchase, "order.created");
    expect(placed).to.deep.include({ courseIds: courses, totalAmount: 30 });
    expect(await listed({ userId: purchase.userId })).to.deep.equal([purchase.orderId]);
    for (const courseId of courses) expect(await listed({ courseId })).to.deep.equal([purchase.orderId]);
    expect(await inStatus(purchase, "PENDING")).to.deep.equal([purchase.orderId]);
  });

  it("S0.6-8 story 2: a payment is confirmed, its details are kept and the order is PAID", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.pay(purchase);
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
    expect(order.captured).to.include(eur(10));
    expect(timestampDate(order.updatedAt!)).to.be.greaterThan(timestampDate(order.createdAt!));
    const [paid] = await environment.eventDataOf(purchase, "order.confirmed");
    expect(paid).to.include({ paymentId: purchase.paymentId, status: "confirmed" });
    expect(await inStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await inStatus(purchase, "PAID")).to.deep.equal([purchase.orderId]);
  });

  it("S0.9 story 3: a payment fails, and why is kept and told", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    expect(await statusOf(purchase)).to.equal("PAYMENT_FAILED");
    const [failed] = await environment.eventDataOf(purchase, "order.payment_failed");
    expect(failed).to.include({ failureCode: "insufficient_funds", failureReason: "no money" });
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)).to.include({ type: "PAYMENT_FAILED", reason: "insufficient_funds" });
    expect(await inStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await inStatus(purchase, "FAILED")).to.deep.equal([purchase.orderId]);
  });

  it("S0.10 story 4: a customer cancels before paying, and the reason is kept and told", async () => {
    const purchase = await environment.place();
    const { order } = await purchase.buyer.cancelOrder({ ...purchase, reason: "changed my mind" });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.USER });
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)?.reason).to.include("changed my mind");
    expect(await environment.eventDataOf(purchase, "order.cancelled")).to.have.lengthOf(1);
    expect(await inStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await inStatus(purchase, "CANCELLED")).to.deep.equal([purchase.orderId]);
  });

  it("S0.11 story 5: an order that has been pending too long is expired", async () => {
    const purchase = await environment.place();
    const { order } = await environment.platform.expireOrder(purchase);
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.EXPIRED });
    expect(await inStatus(purchase, "CANCELED")).to.deep.equal([purchase.orderId]);
  });

  it("S0.12 story 6: a customer asks for the money of a paid order", async () => {
    const purchase = await environment.placePaid();
    const { order } = await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    expect(order).to.include({ status: OrderStatus.REFUND_REQUESTED });
    expect(order?.refund).to.include({ reason: "too hard", status: RefundStatus.REQUESTED });
    const [asked] = await environment.eventDataOf(purchase, "order.refund_requested");
    expect(asked).to.include({ reason: "too hard", refundId: order?.refund?.id });
    expect(await inStatus(purchase, "PAID")).to.deep.equal([]);
    expect(await inStatus(purchase, "REFUND_REQUESTED")).to.deep.equal([purchase.orderId]);
  });

  it("S0.13 story 7: an admin approves a refund and the order is REFUNDED when the money is back", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, amount: eur(10) });
    expect(order?.status).to.equal(OrderStatus.REFUND_PENDING);
    const orderRefundId = order!.refund!.id;
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved).to.include({ refundId: orderRefundId, paymentId: purchase.paymentId, amount: 10 });
    await environment.completeRefund(purchase, { orderRefundId });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.REFUNDED);
    expect(after.refunded).to.include(eur(10));
    expect(after.refund?.amount).to.include(eur(10));
    const [refunded] = await environment.eventDataOf(purchase, "order.refunded");
    expect(refunded).to.deep.include({ amount: 10, revokedCourseIds: [course], refundStatus: "full" });
  });

  it("S0.14 story 8: an admin rejects a refund: its reason is cleared, the status stays", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.rejectRefund({
      orderId: purchase.orderId,
      reason: "watched it all",
    });
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "", remark: "watched it all", status: RefundStatus.REJECTED });
    expect(await read(purchase)).to.deep.equal(order);
    const [rejected] = await environment.eventDataOf(purchase, "order.refund_rejected");
    expect(rejected).to.include({ reason: "watched it all" });
  });

  it("S0.15 story 9: all orders of a user are found", async () => {
    const user = newUser();
    const purchases = [
      await environment.place(undefined, user),
      await environment.placePaid(undefined, user),
    ];
    await environment.place();
    const newestFirst = purchases.map(({ orderId }) => orderId).reverse();
    expect(await listed({ userId: user })).to.deep.equal(newestFirst);
    expect(await listed({}, purchases[0]!.buyer)).to.deep.equal(newestFirst);
  });

  it("S0.16 story 10: all orders that hold a course are found, whatever else is in them", async () => {
    const course = newCourse();
    const purchases = [await environment.place([course]), await environment.placePaid([newCourse(), course])];
    await environment.place();
    expect(await listed({ courseId: course })).to.have.members(purchases.map(({ orderId }) => orderId));
  });

  it("S0.17 story 11: orders in a status are found: pending, paid, failed, cancelled, refunded", async () => {
    const user = newUser();
    const pending = await environment.place(undefined, user);
    const paid = await environment.placePaid(undefined, user);
    const failed = await environment.place(undefined, user);
    await environment.decline(failed);
    const cancelled = await environment.place(undefined, user);
    await cancelled.buyer.cancelOrder(cancelled);
    const refunded = await environment.placePaid(undefined, user);
    await environment.completeRefund(refunded);
    const expected = { pending, paid, failed, cancelled, refunded };
    for (const [status, { orderId }] of Object.entries(expected))
      expect(await listed({ userId: user, statuses: [status] }), status).to.deep.equal([orderId]);
  });

  it("S0.18 story 12: whether a user has bought a course is answered by the order, or by nothing", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([newCourse(), course]);
    const { order } = await purchase.buyer.getUserCourseOrder({ courseId: course });
    expect(order?.id).to.equal(purchase.orderId);
    const asked = { userId: purchase.userId, courseId: newCourse() };
    expect(await rejectionReason(environment.admin.getUserCourseOrder(asked))).to.equal("ORDER_NOT_FOUND");
    await purchase.buyer.cancelOrder(purchase);
    await eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");
    expect(await rejectionReason(purchase.buyer.getUserCourseOrder({ courseId: course }))).to.equal(
      "ORDER_NOT_FOUND",
    );
  });

  it("S0.19 the whole path of S0: PENDING, PAID, REFUND_REQUESTED, REFUNDED, each step in the history", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.admin.approveRefund({ orderId: purchase.orderId });
    await environment.completeRefund(purchase);
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
      "REFUND_REQUESTED > REFUND_REQUESTED",
      "REFUND_APPROVED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
  });
});
