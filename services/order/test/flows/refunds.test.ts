import { OrderRefundStatus, OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf, rejectionReason } from "../../../../test/support/failure-of.ts";
import { course, eur, newCourse, otherCourse } from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  refund,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("Refunds (C5-C7)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const request = (purchase: Purchase, reason = "too hard") =>
    purchase.buyer.requestRefund({ orderId: purchase.orderId, reason });
  const approve = ({ orderId }: Purchase, grant: object = {}) =>
    environment.admin.approveRefund({ orderId, ...grant });
  const reject = ({ orderId }: Purchase) => environment.admin.rejectRefund({ orderId, reason: "no" });

  async function asked(courses?: readonly string[]): Promise<Purchase> {
    const purchase = await environment.placePaid(courses);
    await request(purchase);
    return purchase;
  }

  it("C5 an approved refund waits for the money: REFUNDED only when payment.refunded has come", async () => {
    const purchase = await asked();
    await approve(purchase);
    expect(await statusOf(purchase)).to.equal("REFUND_PENDING");
    expect((await read(purchase)).refunded).to.include(eur(0));
    await environment.completeRefund(purchase);
    expect(await read(purchase)).to.include({
      status: OrderStatus.REFUNDED,
      refundStatus: OrderRefundStatus.FULL,
    });
  });

  it("C5 a refund that fails takes the order back to where it was, and it may be asked for again", async () => {
    const purchase = await asked();
    const { order } = await approve(purchase);
    await environment.failRefund(purchase, { orderRefundId: order!.refund!.id });
    const after = await read(purchase);
    expect(after.status).to.equal(OrderStatus.PAID);
    expect(after.refund).to.include({ status: RefundStatus.FAILED, remark: "no money" });
    await request(purchase, "again");
    await refund(environment, purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("C5 the failure of another refund than the one under way changes nothing", async () => {
    const purchase = await asked();
    await approve(purchase, { amount: eur(6) });
    const before = await read(purchase);
    await environment.failRefund(purchase, { amount: 6, orderRefundId: purchase.paymentId });
    await environment.failRefund(purchase, { amount: 3 });
    expect(await read(purchase)).to.deep.equal(before);
  });

  it("C5 a refund that succeeds after it was said to have failed settles what it was for", async () => {
    const purchase = await asked([course, otherCourse]);
    const items = [{ itemId: purchase.itemIds[1]!, amount: eur(19.9) }];
    const { order } = await approve(purchase, { items });
    const fields = { amount: 19.9, orderRefundId: order!.refund!.id };
    await environment.failRefund(purchase, fields);
    await environment.completeRefund(purchase, fields);
    const after = await read(purchase);
    expect([after.status, after.refund?.status]).to.deep.equal([OrderStatus.PAID, RefundStatus.SUCCEEDED]);
    const [body] = await environment.eventDataOf(purchase, "order.refunded");
    expect(body).to.deep.include({ amount: 19.9, revokedCourseIds: [otherCourse] });
  });

  it("C6 after a rejection the buyer asks again, and an admin decides anew", async () => {
    const purchase = await asked();
    const first = (await read(purchase)).refund!.id;
    await reject(purchase);
    const { order } = await request(purchase, "really too hard");
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "really too hard", status: RefundStatus.REQUESTED });
    expect(order?.refund?.id).not.to.equal(first);
    expect(await environment.eventDataOf(purchase, "order.refund_requested")).to.have.lengthOf(2);
    await refund(environment, purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("C6 after a rejection the order is closed back to where it was, by its buyer or an admin", async () => {
    for (const by of ["buyer", "admin"] as const) {
      const purchase = await asked();
      await reject(purchase);
      const client = by === "buyer" ? purchase.buyer : environment.admin;
      expect(await statusOf(client.closeRefund({ orderId: purchase.orderId, reason: "fine" }))).to.equal(
        "PAID",
      );
      expect((await historyOf(purchase)).at(-1)).to.equal("REFUND_CLOSED > PAID");
    }
  });

  it("C6 a completed order returns to COMPLETED when its refund is closed", async () => {
    const purchase = await environment.placePaid();
    await environment.platform.updateOrderStatus({
      orderId: purchase.orderId,
      status: OrderStatus.COMPLETED,
    });
    await request(purchase);
    expect(await statusOf(purchase.buyer.closeRefund(purchase))).to.equal("COMPLETED");
    const moves = await environment.eventDataOf(purchase, "order.status_changed");
    expect(moves.at(-1)).to.include({ from: "REFUND_REQUESTED", to: "COMPLETED" });
    expect((await read(purchase)).refund?.status).to.equal(RefundStatus.CLOSED);
  });

  it("C12 each refund command repeated changes nothing", async () => {
    const purchase = await asked();
    const repeat = async (call: () => Promise<{ order?: unknown }>) =>
      expect((await call()).order).to.deep.equal(await read(purchase));
    const before = await read(purchase);
    await repeat(() => request(purchase, "in other words"));
    expect(await read(purchase)).to.deep.equal(before);
    await reject(purchase);
    const rejected = await read(purchase);
    await repeat(() => reject(purchase));
    expect(await read(purchase)).to.deep.equal(rejected);
    await purchase.buyer.closeRefund(purchase);
    const closed = await read(purchase);
    await repeat(() => purchase.buyer.closeRefund(purchase));
    expect(await read(purchase)).to.deep.equal(closed);
    await request(purchase);
    await approve(purchase);
    const approved = await read(purchase);
    await repeat(() => approve(purchase));
    expect(await read(purchase)).to.deep.equal(approved);
  });

  it("C7 a refunded order frees its courses", async () => {
    const bought = newCourse();
    const purchase = await asked([bought]);
    await approve(purchase);
    expect(await rejectionReason(environment.place([bought], purchase.userId))).to.equal("ALREADY_PURCHASED");
    await environment.completeRefund(purchase);
    expect(await statusOf(await environment.place([bought], purchase.userId))).to.equal("CREATED");
  });
});

describe("Refunds where TILL_REFUND_ONLY_PAID is on (C5, strict)", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_REFUND_ONLY_PAID: "on" } })),
  );
  after(() => environment.stop());

  it("C5 a refund is asked for in PAID alone, as S0 has it", async () => {
    const done = await environment.placePaid();
    await environment.platform.updateOrderStatus({ orderId: done.orderId, status: OrderStatus.COMPLETED });
    const { reason, metadata } = await rejectionOf(done.buyer.requestRefund({ ...done, reason: "x" }));
    expect([reason, metadata.from]).to.deep.equal(["ILLEGAL_TRANSITION", "COMPLETED"]);
    const paid = await environment.placePaid();
    expect(await statusOf(paid.buyer.requestRefund({ ...paid, reason: "x" }))).to.equal("REFUND_REQUESTED");
  });
});
