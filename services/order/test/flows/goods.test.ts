import { Code } from "@connectrpc/connect";
import { toRecord } from "@till/events/outbox";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionOf } from "../../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  firstEdition,
  newCourse,
  newSession,
  newUser,
  notebook,
  productLine,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";
import { stockOf } from "../support/stock-and-seats.ts";

describe("Goods in orders (S4.5-7, S4.12, S3.15, C14)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const address = { shippingAddress: berlin };
  const notebooks = (quantity: number) =>
    environment.placeLines([productLine(notebook, quantity)], undefined, address);
  const isReleased = (purchase: Purchase) =>
    eventually(async () => ((await read(purchase)).inventoryReleasedAt ? true : false));

  const tellReleased = (orderId: string, releasedAt: string) => {
    const event = { id: v7(), type: "inventory.stock_release_processed", topic: "inventory.events" };
    const data = JSON.stringify({ orderId, releasedAt });
    const record = { ...event, subject: orderId, dataVersion: 1, time: new Date(), data };
    return environment.bus.publish([toRecord(record, "inventory")]);
  };

  it("S4.5 the stock is reserved before the order exists, and the history says so", async () => {
    const before = await stockOf(environment, notebook);
    const purchase = await notebooks(3);
    const after = await stockOf(environment, notebook);
    expect(after).to.include({ available: before!.available - 3, reserved: before!.reserved + 3 });
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "INVENTORY_RESERVED > CREATED",
    ]);
  });

  it("S4.7/18 an order for more than there is rolls back: OUT_OF_STOCK, nothing reserved, no order", async () => {
    const client = environment.as(newUser());
    const before = [await stockOf(environment, notebook), await stockOf(environment, firstEdition)];
    const items = [productLine(notebook, 2), productLine(firstEdition, 2)];
    const request = { items, ...address, idempotencyKey: v7() };
    const { code, reason, metadata } = await rejectionOf(client.createOrder(request));
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "OUT_OF_STOCK"]);
    expect(metadata).to.include({ [`${firstEdition}.wanted`]: "2", [`${firstEdition}.available`]: "1" });
    await eventually(async () =>
      expect([await stockOf(environment, notebook), await stockOf(environment, firstEdition)]).to.deep.equal(
        before,
      ),
    );
    expect((await client.listOrders({})).orders).to.deep.equal([]);
  });

  it("S1.34 goods need a shipping address, courses do not", async () => {
    const client = environment.as(newUser());
    const items = [productLine(notebook), courseLine(newCourse())];
    const { code, reason } = await rejectionOf(client.createOrder({ items, idempotencyKey: v7() }));
    expect([code, reason]).to.deep.equal([Code.InvalidArgument, "SHIPPING_ADDRESS_REQUIRED"]);
    expect(await statusOf(await environment.place())).to.equal("CREATED");
  });

  it("S3.15 when a cancelled order's goods are back in stock, that is recorded and it stays CANCELLED", async () => {
    const before = await stockOf(environment, notebook);
    const purchase = await notebooks(4);
    await purchase.buyer.cancelOrder(purchase);
    await isReleased(purchase);
    expect(await statusOf(purchase)).to.equal("CANCELLED");
    expect(await historyOf(purchase)).to.include("INVENTORY_RELEASED > CANCELLED");
    expect(await stockOf(environment, notebook)).to.include({ available: before!.available });
  });

  it("C14 the same release told twice is recorded once, and one of an unknown order is no harm", async () => {
    const purchase = await notebooks(1);
    await purchase.buyer.cancelOrder(purchase);
    await isReleased(purchase);
    const recorded = (await read(purchase)).inventoryReleasedAt;
    const releasedAt = new Date().toISOString();
    for (const orderId of [purchase.orderId, v7()]) await tellReleased(orderId, releasedAt);
    expect((await read(purchase)).inventoryReleasedAt).to.deep.equal(recorded);
    const told = (await historyOf(purchase)).filter((entry) => entry.startsWith("INVENTORY_RELEASED"));
    expect(told).to.have.lengthOf(1);
  });

  it("C14 a paid order's goods leave the stock for good, and are back when it is refunded before it was sent", async () => {
    const purchase = await environment.beginAndPay(await notebooks(2));
    await eventually(async () => expect(await historyOf(purchase)).to.include("STOCK_COMMITTED > PAID"));
    await environment.completeRefund(purchase);
    await isReleased(purchase);
    expect(await statusOf(purchase)).to.equal("REFUNDED");
  });

  it("a mixed order holds its seat and its goods until it is paid, and gives back both when it is cancelled", async () => {
    const session = newSession();
    const lines = [courseLine(newCourse()), sessionLine(session), productLine(notebook)];
    const purchase = await environment.beginAndPay(await environment.placeLines(lines, undefined, address));
    expect(purchase.total).to.equal(37.5);
    expect(await environment.eventDataOf(purchase, "session.held")).to.have.lengthOf(1);
    const [confirmed] = await environment.eventDataOf(purchase, "session.confirmed");
    expect(confirmed).to.include({ sessionId: session, bookingStatus: "confirmed", seats: 1 });
    const { order } = await purchase.buyer.cancelOrder(purchase);
    expect(order?.status).to.equal(OrderStatus.CANCELLED);
    await isReleased(purchase);
    expect(await environment.eventDataOf(purchase, "session.cancelled")).to.have.lengthOf(1);
    await eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    expect(approved).to.include({ amount: 37.5 });
  });
});
