import { toRecord } from "@till/events/outbox";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { berlin, notebook, productLine } from "../../../test/support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { stockOf } from "./support/stock-and-seats.ts";

describe("inventory.stock_release_processed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const notebooks = (quantity: number) =>
    environment.placeLines([productLine(notebook, quantity)], undefined, { shippingAddress: berlin });

  const untilReleased = (purchase: Purchase) =>
    eventually(async () => (await read(purchase)).inventoryReleasedAt !== undefined);

  const publishReleased = (orderId: string, releasedAt: string) => {
    const event = { id: v7(), type: "inventory.stock_release_processed", topic: "inventory.events" };
    const data = JSON.stringify({ orderId, releasedAt });
    const record = { ...event, subject: orderId, dataVersion: 1, time: new Date(), data };
    return environment.bus.publish([toRecord(record, "inventory")]);
  };

  it("records on a cancelled order that its stock is available again", async () => {
    const before = await stockOf(environment, notebook);
    const purchase = await notebooks(4);
    await purchase.buyer.cancelOrder(purchase);
    await untilReleased(purchase);
    expect(await statusOf(purchase)).to.equal("CANCELLED");
    expect(await historyOf(purchase)).to.include("INVENTORY_RELEASED > CANCELLED");
    expect(await stockOf(environment, notebook)).to.include({ available: before!.available });
  });

  it("is recorded once though two events report it, and ignored for an unknown order", async () => {
    const purchase = await notebooks(1);
    await purchase.buyer.cancelOrder(purchase);
    await untilReleased(purchase);
    const recorded = (await read(purchase)).inventoryReleasedAt;
    const releasedAt = new Date().toISOString();
    for (const orderId of [purchase.orderId, v7()]) await publishReleased(orderId, releasedAt);
    expect((await read(purchase)).inventoryReleasedAt).to.deep.equal(recorded);
    const entries = (await historyOf(purchase)).filter((entry) => entry.startsWith("INVENTORY_RELEASED"));
    expect(entries).to.have.lengthOf(1);
  });
});
