import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse, newUser } from "../../../../test/support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("The four transitions of the pharmacy's orders (S3.4)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const complete = ({ orderId }: Purchase) =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });
  /** Every move that was told as order.status_changed. */
  const movesOf = async (purchase: Purchase) =>
    (await environment.eventDataOf(purchase, "order.status_changed")).map(
      ({ from, to }) => `${String(from)} > ${String(to)}`,
    );

  it("S3.4 PENDING to CONFIRMED, when the payment has come", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(purchase)).to.equal("PAID");
    const { orders } = await purchase.buyer.listOrders({ statuses: ["CONFIRMED"] });
    expect(orders.map(({ id }) => id)).to.deep.equal([purchase.orderId]);
  });

  it("S3.4 PENDING to CANCELLED, by the buyer, and nothing leads out of it", async () => {
    const purchase = await environment.place();
    expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
    expect(await movesOf(purchase)).to.deep.equal(["CREATED > CANCELLED"]);
    expect(await rejectionReason(complete(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await rejectionReason(purchase.buyer.retryPayment(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(purchase)).to.equal("CANCELLED");
  });

  it("S3.4 CONFIRMED to COMPLETED, when access is granted, and nothing leads out of it but a refund", async () => {
    const purchase = await environment.placePaid();
    const { order } = await complete(purchase);
    expect(order?.status).to.equal(OrderStatus.COMPLETED);
    expect(order?.completedAt).to.deep.equal(order?.updatedAt);
    expect(await environment.eventDataOf(purchase, "order.completed")).to.have.lengthOf(1);
    expect(await rejectionReason(purchase.buyer.cancelOrder(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(purchase.buyer.requestRefund({ ...purchase, reason: "broken" }))).to.equal(
      "REFUND_REQUESTED",
    );
  });

  it("S3.4 CONFIRMED to CANCELLED, by the buyer, whose money goes back", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED");
    await eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");
    expect(await movesOf(purchase)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > CANCELLED",
      "CANCELLED > REFUND_PENDING",
    ]);
  });

  it("S3.2-3 an order keeps its notes, times and the unit price of its time", async () => {
    const items = [courseLine(newCourse())];
    const user = newUser();
    const asked = { items, notes: "ring twice", idempotencyKey: v7() };
    const { order } = await environment.as(user).createOrder(asked);
    expect(order).to.include({ notes: "ring twice" });
    expect(order?.items[0]?.unitPrice).to.include(eur(10));
    expect(order?.createdAt).to.deep.equal(order?.updatedAt);
    expect(order?.completedAt).to.equal(undefined);
  });

  it("S3.14 every transition is told as order.status_changed, in the order in which it happened", async () => {
    const purchase = await environment.placePaid();
    await complete(purchase);
    await purchase.buyer.requestRefund({ ...purchase, reason: "broken" });
    await environment.admin.approveRefund({ orderId: purchase.orderId });
    await environment.completeRefund(purchase);
    expect(await movesOf(purchase)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > COMPLETED",
      "COMPLETED > REFUND_REQUESTED",
      "REFUND_REQUESTED > REFUND_PENDING",
      "REFUND_PENDING > REFUNDED",
    ]);
    expect((await read(purchase)).version).to.equal(7n);
  });
});
