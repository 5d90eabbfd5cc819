import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { shop } from "../../../test/support/fixtures.ts";
import { initialStock } from "./support/fixtures.ts";
import { startOrderEnvironment } from "./support/order-service.ts";
import { counterOf } from "./support/stock-and-seats.ts";
import { inventoryAway, stockOrders } from "./support/stock-orders.ts";

describe("The stock of an order", () => {
  const {
    cancel,
    counts,
    environment,
    inventory,
    order,
    paid,
    publishPayment,
    readOrder,
    storedStock,
    story,
    until,
  } = stockOrders();

  it("is committed when the order is paid, and the history records it", async () => {
    const orderId = await order();
    expect(await counts()).to.deep.equal([initialStock - 2, 2, 0]);
    await paid(orderId);
    await until(orderId, "STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
    expect(await storedStock(orderId)).to.deep.equal({ stock_state: "COMMITTED", stock_due: null });
  });

  const ends: [name: string, end: (orderId: string) => Promise<unknown>][] = [
    ["it is cancelled", cancel],
    [
      "it expires",
      (orderId) => environment().as(shop, "service").expireOrder({ orderId, idempotencyKey: v7() }),
    ],
    [
      "its last payment fails",
      (orderId) =>
        publishPayment("payment.failed", orderId, {
          failureCode: "stolen_card",
          failureReason: "stolen",
          retryable: false,
        }),
    ],
    ["it is cancelled after it was paid", async (orderId) => (await paid(orderId), cancel(orderId))],
  ];
  for (const [name, end] of ends) {
    it(`is released when ${name}, and the inventory's event is recorded`, async () => {
      const orderId = await order();
      const before = await counterOf(environment(), "order_cancel_total");
      await end(orderId);
      await until(orderId, "STOCK_RELEASED");
      expect(await counterOf(environment(), "order_cancel_total")).to.equal(before + 1);
      await until(orderId, "INVENTORY_RELEASED");
      expect(await counts()).to.deep.equal([initialStock, 0, 0]);
      const read = await readOrder(orderId);
      expect(read.inventoryReleasedAt).to.not.equal(undefined);
      expect((await story(orderId)).filter((type) => type === "STOCK_RELEASED")).to.have.lengthOf(1);
    });
  }

  it("stays reserved while the order may still be paid, though a payment failed", async () => {
    const orderId = await order();
    const decline = { failureCode: "insufficient_funds", failureReason: "no money", retryable: true };
    await publishPayment("payment.failed", orderId, decline);
    const read = await readOrder(orderId);
    expect(read.status).to.equal(OrderStatus.PAYMENT_FAILED);
    const [row] = await environment().query("SELECT stock_due FROM orders WHERE id = $1", [orderId]);
    expect(row).to.deep.equal({ stock_due: null });
    expect(await counts()).to.deep.equal([initialStock - 2, 2, 0]);
  });

  it("is released when an order is returned, though its refund was done first", async () => {
    const orderId = await order();
    const paymentId = v7();
    await publishPayment("payment.processed", orderId, { paymentId });
    await until(orderId, "STOCK_COMMITTED");
    const { READY_TO_SHIP, SHIPPED, DELIVERED, RETURNED } = OrderStatus;
    inventory().intercept(inventoryAway);
    for (const status of [READY_TO_SHIP, SHIPPED, DELIVERED, RETURNED])
      await environment().as(shop, "service").updateOrderStatus({ orderId, status, idempotencyKey: v7() });
    const orderRefundId = await eventually(async () => {
      const read = await readOrder(orderId);
      expect(read.status).to.equal(OrderStatus.REFUND_PENDING);
      return read.refund!.id;
    });
    await publishPayment("payment.refunded", orderId, { paymentId, orderRefundId });
    inventory().intercept(undefined);
    await until(orderId, "STOCK_RELEASED");
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });

  it("stays committed where a delivered order is refunded and not returned", async () => {
    const orderId = await order();
    const paymentId = v7();
    inventory().intercept(inventoryAway);
    await publishPayment("payment.processed", orderId, { paymentId });
    const { READY_TO_SHIP, SHIPPED, DELIVERED } = OrderStatus;
    for (const status of [READY_TO_SHIP, SHIPPED, DELIVERED])
      await environment().as(shop, "service").updateOrderStatus({ orderId, status, idempotencyKey: v7() });
    await publishPayment("payment.refunded", orderId, { paymentId });
    expect((await readOrder(orderId)).status).to.equal(OrderStatus.REFUNDED);
    inventory().intercept(undefined);
    await until(orderId, "STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("is committed or released once by two replicas at the same time", async function () {
    this.timeout(60_000);
    const other = await startOrderEnvironment({ env: { ...environment().env } });
    const orderIds = await Promise.all(Array.from({ length: 20 }, () => order()));
    await Promise.all(orderIds.map((orderId, index) => (index % 2 ? paid(orderId) : cancel(orderId))));
    for (const [index, orderId] of orderIds.entries()) {
      await until(orderId, index % 2 ? "STOCK_COMMITTED" : "STOCK_RELEASED");
      expect(await story(orderId, /^STOCK_/)).to.have.lengthOf(1);
    }
    expect(await counts()).to.deep.equal([initialStock - 20, 0, 20]);
    await other.stop();
  });
});
