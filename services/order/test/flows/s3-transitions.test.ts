import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse, buyer } from "../support/order-world.ts";
import {
  eur,
  read,
  reasonOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("The four transitions of the pharmacy's orders (S3.4)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const complete = ({ orderId }: Tale) =>
    till.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });
  /** Every move that was told as order.status_changed. */
  const movesOf = async (tale: Tale) =>
    (await till.bodiesOf(tale, "order.status_changed")).map(
      ({ from, to }) => `${String(from)} > ${String(to)}`,
    );

  it("S3.4 PENDING to CONFIRMED, when the payment has come", async () => {
    const tale = await till.placePaid();
    expect(await statusOf(tale)).to.equal("PAID");
    const { orders } = await tale.buyer.listOrders({ statuses: ["CONFIRMED"] });
    expect(orders.map(({ id }) => id)).to.deep.equal([tale.orderId]);
  });

  it("S3.4 PENDING to CANCELLED, by the buyer, and nothing leads out of it", async () => {
    const tale = await till.place();
    expect(await statusOf(tale.buyer.cancelOrder(tale))).to.equal("CANCELLED");
    expect(await movesOf(tale)).to.deep.equal(["CREATED > CANCELLED"]);
    expect(await reasonOf(complete(tale))).to.equal("ILLEGAL_TRANSITION");
    expect(await reasonOf(tale.buyer.retryPayment(tale))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(tale)).to.equal("CANCELLED");
  });

  it("S3.4 CONFIRMED to COMPLETED, when access is granted, and nothing leads out of it but a refund", async () => {
    const tale = await till.placePaid();
    const { order } = await complete(tale);
    expect(order?.status).to.equal(OrderStatus.COMPLETED);
    expect(order?.completedAt).to.deep.equal(order?.updatedAt);
    expect(await till.bodiesOf(tale, "order.completed")).to.have.lengthOf(1);
    expect(await reasonOf(tale.buyer.cancelOrder(tale))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(tale.buyer.requestRefund({ ...tale, reason: "broken" }))).to.equal(
      "REFUND_REQUESTED",
    );
  });

  it("S3.4 CONFIRMED to CANCELLED, by the buyer, whose money goes back", async () => {
    const tale = await till.placePaid();
    expect(await statusOf(tale.buyer.cancelOrder(tale))).to.equal("CANCELLED");
    await eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");
    expect(await movesOf(tale)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > CANCELLED",
      "CANCELLED > REFUND_PENDING",
    ]);
  });

  it("S3.2-3 an order keeps its notes, times and the unit price of its time", async () => {
    const items = [{ item: { case: "courseId" as const, value: anyCourse() } }];
    const user = buyer();
    const asked = { items, notes: "ring twice", idempotencyKey: v7() };
    const { order } = await till.as(user).createOrder(asked);
    expect(order).to.include({ notes: "ring twice" });
    expect(order?.items[0]?.unitPrice).to.include(eur(10));
    expect(order?.createdAt).to.deep.equal(order?.updatedAt);
    expect(order?.completedAt).to.equal(undefined);
  });

  it("S3.14 every transition is told as order.status_changed, in the order in which it happened", async () => {
    const tale = await till.placePaid();
    await complete(tale);
    await tale.buyer.requestRefund({ ...tale, reason: "broken" });
    await till.admin.approveRefund({ orderId: tale.orderId });
    await till.refunded(tale);
    expect(await movesOf(tale)).to.deep.equal([
      "CREATED > PAYMENT_PENDING",
      "PAYMENT_PENDING > PAID",
      "PAID > COMPLETED",
      "COMPLETED > REFUND_REQUESTED",
      "REFUND_REQUESTED > REFUND_PENDING",
      "REFUND_PENDING > REFUNDED",
    ]);
    expect((await read(tale)).version).to.equal(7n);
  });
});
