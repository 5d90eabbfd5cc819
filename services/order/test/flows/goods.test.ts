import { Code } from "@connectrpc/connect";
import { toRecord } from "@till/events/outbox";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse, buyer } from "../support/order-world.ts";
import {
  anySession,
  courseLine,
  firstEdition,
  home,
  notebook,
  productLine,
  sessionLine,
  stockOf,
} from "../support/shopping.ts";
import {
  historyOf,
  read,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("Goods in orders (S4.5-7, S4.12, S3.15, C14)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  const address = { shippingAddress: home };
  const notebooks = (quantity: number) =>
    till.placeLines([productLine(notebook, quantity)], undefined, address);
  const isReleased = (tale: Tale) =>
    eventually(async () => ((await read(tale)).inventoryReleasedAt ? true : false));

  const tellReleased = (orderId: string, releasedAt: string) => {
    const event = { id: v7(), type: "inventory.stock_release_processed", topic: "inventory.events" };
    const data = JSON.stringify({ orderId, releasedAt });
    const record = { ...event, subject: orderId, dataVersion: 1, time: new Date(), data };
    return till.bus.publish([toRecord(record, "inventory")]);
  };

  it("S4.5 the stock is reserved before the order exists, and the history says so", async () => {
    const before = await stockOf(till, notebook);
    const tale = await notebooks(3);
    const after = await stockOf(till, notebook);
    expect(after).to.include({ available: before!.available - 3, reserved: before!.reserved + 3 });
    expect(await historyOf(tale)).to.deep.equal(["ORDER_CREATED > CREATED", "INVENTORY_RESERVED > CREATED"]);
  });

  it("S4.7/18 an order for more than there is rolls back: OUT_OF_STOCK, nothing reserved, no order", async () => {
    const client = till.as(buyer());
    const before = [await stockOf(till, notebook), await stockOf(till, firstEdition)];
    const items = [productLine(notebook, 2), productLine(firstEdition, 2)];
    const request = { items, ...address, idempotencyKey: v7() };
    const { code, reason, metadata } = await refusalOf(client.createOrder(request));
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "OUT_OF_STOCK"]);
    expect(metadata).to.include({ [`${firstEdition}.wanted`]: "2", [`${firstEdition}.available`]: "1" });
    await eventually(async () =>
      expect([await stockOf(till, notebook), await stockOf(till, firstEdition)]).to.deep.equal(before),
    );
    expect((await client.listOrders({})).orders).to.deep.equal([]);
  });

  it("S1.34 goods need a shipping address, courses do not", async () => {
    const client = till.as(buyer());
    const items = [productLine(notebook), courseLine(anyCourse())];
    const { code, reason } = await refusalOf(client.createOrder({ items, idempotencyKey: v7() }));
    expect([code, reason]).to.deep.equal([Code.InvalidArgument, "SHIPPING_ADDRESS_REQUIRED"]);
    expect(await statusOf(await till.place())).to.equal("CREATED");
  });

  it("S3.15 when a cancelled order's goods are back in stock, that is recorded and it stays CANCELLED", async () => {
    const before = await stockOf(till, notebook);
    const tale = await notebooks(4);
    await tale.buyer.cancelOrder(tale);
    await isReleased(tale);
    expect(await statusOf(tale)).to.equal("CANCELLED");
    expect(await historyOf(tale)).to.include("INVENTORY_RELEASED > CANCELLED");
    expect(await stockOf(till, notebook)).to.include({ available: before!.available });
  });

  it("C14 the same release told twice is recorded once, and one of an unknown order is no harm", async () => {
    const tale = await notebooks(1);
    await tale.buyer.cancelOrder(tale);
    await isReleased(tale);
    const recorded = (await read(tale)).inventoryReleasedAt;
    const releasedAt = new Date().toISOString();
    for (const orderId of [tale.orderId, v7()]) await tellReleased(orderId, releasedAt);
    expect((await read(tale)).inventoryReleasedAt).to.deep.equal(recorded);
    const told = (await historyOf(tale)).filter((entry) => entry.startsWith("INVENTORY_RELEASED"));
    expect(told).to.have.lengthOf(1);
  });

  it("C14 a paid order's goods leave the stock for good, and are back when it is refunded before it was sent", async () => {
    const tale = await till.paid(await notebooks(2));
    await eventually(async () => expect(await historyOf(tale)).to.include("STOCK_COMMITTED > PAID"));
    await till.refunded(tale);
    await isReleased(tale);
    expect(await statusOf(tale)).to.equal("REFUNDED");
  });

  it("a mixed order holds its seat and its goods until it is paid, and gives back both when it is cancelled", async () => {
    const session = anySession();
    const lines = [courseLine(anyCourse()), sessionLine(session), productLine(notebook)];
    const tale = await till.paid(await till.placeLines(lines, undefined, address));
    expect(tale.total).to.equal(37.5);
    expect(await till.bodiesOf(tale, "session.held")).to.have.lengthOf(1);
    const [confirmed] = await till.bodiesOf(tale, "session.confirmed");
    expect(confirmed).to.include({ sessionId: session, bookingStatus: "confirmed", seats: 1 });
    const { order } = await tale.buyer.cancelOrder(tale);
    expect(order?.status).to.equal(OrderStatus.CANCELLED);
    await isReleased(tale);
    expect(await till.bodiesOf(tale, "session.cancelled")).to.have.lengthOf(1);
    await eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");
    const [approved] = await till.bodiesOf(tale, "order.refund_approved");
    expect(approved).to.include({ amount: 37.5 });
  });
});
