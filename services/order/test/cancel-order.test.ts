import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  clinic,
  courseLine,
  newCourse,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { expectIllegalTransition } from "./support/expect-illegal-transition.ts";
import { placePhysical } from "./support/fulfilment.ts";
import {
  idsInStatus,
  publishedTransitionsOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "./support/purchases.ts";
import { placeRefundRequested } from "./support/refunds.ts";

describe("CancelOrder", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("ends an unpaid order in every status, without a refund", async () => {
    const created = await environment.place();
    const pending = await environment.place();
    await environment.beginPayment(pending);
    const failed = await environment.place();
    await environment.decline(failed);
    for (const purchase of [created, pending, failed]) {
      expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
      expect(await environment.eventDataOf(purchase, "order.refund_approved")).to.deep.equal([]);
    }
    const [body] = await environment.eventDataOf(pending, "order.cancelled");
    expect(body, "the payment under way is named, so that it is voided").to.include({
      reason: "USER",
      paymentId: pending.paymentId,
    });
  });

  it("keeps and publishes the reason, and the order's status finds it", async () => {
    const purchase = await environment.place();
    const { order } = await purchase.buyer.cancelOrder({ ...purchase, reason: "changed my mind" });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.USER });
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)?.reason).to.include("changed my mind");
    expect(await environment.eventDataOf(purchase, "order.cancelled")).to.have.lengthOf(1);
    expect(await idsInStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await idsInStatus(purchase, "CANCELLED")).to.deep.equal([purchase.orderId]);
  });

  it("leads to a status that no other command leaves", async () => {
    const purchase = await environment.place();
    expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
    expect(await publishedTransitionsOf(environment, purchase)).to.deep.equal(["CREATED > CANCELLED"]);
    expect(await rejectionReason(complete(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await rejectionReason(purchase.buyer.retryPayment(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(purchase)).to.equal("CANCELLED");
  });

  it("keeps the reason as given, else the kind of caller", async () => {
    for (const [reason, kept] of [
      ["changed my mind", "changed my mind"],
      ["", "USER"],
    ] as const) {
      const purchase = await environment.place();
      await purchase.buyer.cancelOrder({ orderId: purchase.orderId, reason });
      const { events } = await purchase.buyer.listOrderEvents(purchase);
      expect(events.at(-1)).to.include({ type: "ORDER_CANCELED", reason: kept });
      const [body] = await environment.eventDataOf(purchase, "order.cancelled");
      expect([body?.reason, body?.remark]).to.deep.equal(["USER", reason || undefined]);
    }
  });

  it("records whether the buyer or an admin cancelled", async () => {
    const purchase = await environment.place();
    const { order } = await environment.admin.cancelOrder({ orderId: purchase.orderId, reason: "fraud" });
    expect(order?.cancelReason).to.equal(CancelReason.ADMIN);
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "ADMIN", remark: "fraud" });
  });

  it("repeated by anybody, wherever the refund stands, changes nothing", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.cancelOrder(purchase);
    await untilStatus(purchase, "REFUND_PENDING");
    const before = await read(purchase);
    for (const client of [purchase.buyer, environment.admin])
      expect((await client.cancelOrder({ orderId: purchase.orderId })).order).to.deep.equal(before);
  });

  it("frees the order's courses for another purchase at once", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal("ALREADY_PURCHASED");
    await purchase.buyer.cancelOrder(purchase);
    const again = await environment.place([course], purchase.userId);
    expect(await rejectionReason(environment.place([course], purchase.userId))).to.equal("ORDER_IN_PROGRESS");
    expect(again.orderId).not.to.equal(purchase.orderId);
  });

  it("cancels a packed order and refunds it, and rejects a shipped one", async () => {
    const packed = await placePhysical(environment, "READY_TO_SHIP");
    expect(await statusOf(packed.buyer.cancelOrder(packed))).to.equal("CANCELLED");
    await untilStatus(packed, "REFUND_PENDING");
    const shipped = await placePhysical(environment, "SHIPPED");
    for (const client of [shipped.buyer, environment.admin])
      expect(await rejectionReason(client.cancelOrder({ orderId: shipped.orderId }))).to.equal(
        "ILLEGAL_TRANSITION",
      );
  });

  it("rejects a completed order and one with a requested refund", async () => {
    const refundRequested = await placeRefundRequested(environment);
    await expectIllegalTransition(
      refundRequested,
      () => refundRequested.buyer.cancelOrder(refundRequested),
      "REFUND_REQUESTED",
      "CANCELLED",
    );
    const done = await environment.placePaid();
    await environment.platform.updateOrderStatus({ orderId: done.orderId, status: 8 });
    await expectIllegalTransition(done, () => done.buyer.cancelOrder(done), "COMPLETED", "CANCELLED");
  });

  it("rejects the buyer of seats that were used or left empty, and cancels for an admin", async () => {
    for (const outcome of ["completeBooking", "markNoShow"] as const) {
      const lines = [courseLine(newCourse()), sessionLine(clinic)];
      const purchase = await environment.beginAndPay(await environment.placeLines(lines));
      const { orderId, itemIds } = purchase;
      await environment.sessionsAs(paymentService, "service")[outcome]({ bookingId: itemIds[1]! });
      const cancel = () => purchase.buyer.cancelOrder({ orderId });
      await expectIllegalTransition(purchase, cancel, "PAID", "CANCELLED");
      expect(await statusOf(environment.admin.cancelOrder({ orderId }))).to.equal("CANCELLED");
    }
  });

  it("cancels a completed order without goods for an admin, and none with goods", async () => {
    const course = await environment.placePaid();
    await complete(course);
    expect(await statusOf(environment.admin.cancelOrder({ orderId: course.orderId }))).to.equal("CANCELLED");
    await untilStatus(course, "REFUND_PENDING");
    const goods = await placePhysical(environment, "DELIVERED");
    await complete(goods);
    const cancel = () => environment.admin.cancelOrder({ orderId: goods.orderId });
    await expectIllegalTransition(goods, cancel, "COMPLETED", "CANCELLED");
  });

  const complete = ({ orderId }: Purchase) =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });
});

describe("CancelOrder where TILL_CANCEL_AFTER_PAID is off", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_CANCEL_AFTER_PAID: "off" } })),
  );
  after(() => environment.stop());

  it("rejects the buyer of a paid order, and cancels an unpaid one", async () => {
    const unpaid = await environment.place();
    expect(await statusOf(unpaid.buyer.cancelOrder(unpaid))).to.equal("CANCELLED");
    const paid = await environment.placePaid();
    expect(await rejectionReason(paid.buyer.cancelOrder(paid))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("cancels a paid order for an admin", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(environment.admin.cancelOrder({ orderId: purchase.orderId }))).to.equal(
      "CANCELLED",
    );
  });
});
