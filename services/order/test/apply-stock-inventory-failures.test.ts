import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { AppError } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { initialStock } from "./support/fixtures.ts";
import { counterOf } from "./support/stock-and-seats.ts";
import { inventoryAway, stockOrders } from "./support/stock-orders.ts";

describe("The stock of an order whose inventory fails", () => {
  const {
    callsOf,
    cancel,
    counts,
    environment,
    inventory,
    order,
    paid,
    readOrder,
    storedStock,
    story,
    until,
  } = stockOrders();

  it("is committed or released as soon as the inventory is available", async () => {
    const [first, second] = [await order(), await order()];
    const failures = { count: 0 };
    inventory().intercept(() => {
      failures.count += 1;
      inventoryAway();
    });
    await paid(first);
    await cancel(second);
    await eventually(() => expect(failures.count).to.be.greaterThan(2));
    expect(await counts()).to.deep.equal([initialStock - 4, 4, 0]);
    inventory().intercept(undefined);
    await until(first, "STOCK_COMMITTED");
    await until(second, "STOCK_RELEASED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("is committed or released once though the inventory's first responses are lost", async () => {
    const [first, second] = [await order(), await order()];
    const lost = new Set<string>();
    inventory().intercept(({ when, orderId }) => {
      if (when.startsWith("before") || lost.has(orderId)) return;
      lost.add(orderId);
      throw new Error("the response is lost");
    });
    await paid(first);
    await cancel(second);
    await until(first, "STOCK_COMMITTED");
    await until(second, "STOCK_RELEASED");
    expect([callsOf(first, "after Commit"), callsOf(second, "after Release")]).to.deep.equal([2, 2]);
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("of an order whose release fails delays no other order", async () => {
    const [poison, other] = [await order(), await order()];
    inventory().intercept(({ orderId }) => {
      if (orderId === poison) throw new Error("bug");
    });
    await cancel(poison);
    await eventually(() => expect(callsOf(poison, "before Release")).to.be.greaterThan(0));
    await cancel(other);
    await until(other, "STOCK_RELEASED");
    inventory().intercept(undefined);
    await until(poison, "STOCK_RELEASED");
  });

  it("is reserved again where the inventory has lost the reservation of a paid order", async () => {
    const orderId = await order();
    let isForgotten = true;
    inventory().intercept(({ when }) => {
      if (when !== "before Commit" || !isForgotten) return;
      isForgotten = false;
      throw new AppError("RESERVATION_NOT_FOUND", Code.NotFound, "nothing is reserved");
    });
    await paid(orderId);
    await until(orderId, "STOCK_COMMITTED");
    expect([callsOf(orderId, "after Reserve"), callsOf(orderId, "after Commit")]).to.deep.equal([2, 1]);
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("that is gone though the order is paid is recorded and counted, and the order stays PAID", async () => {
    const orderId = await order();
    const before = await counterOf(environment(), "order_stock_applied_total");
    inventory().intercept(({ when }) => {
      if (when === "before Commit")
        throw new AppError("RESERVATION_RELEASED", Code.FailedPrecondition, "released");
      if (when === "before Reserve") throw new AppError("OUT_OF_STOCK", Code.FailedPrecondition, "sold out");
    });
    await paid(orderId);
    await until(orderId, "STOCK_MISSING");
    // The counter follows the commit.
    await eventually(async () =>
      expect(await counterOf(environment(), "order_stock_applied_total")).to.equal(before + 1),
    );
    expect((await readOrder(orderId)).status).to.equal(OrderStatus.PAID);
    expect(await storedStock(orderId)).to.deep.equal({ stock_state: "MISSING", stock_due: null });
  });

  it("is released though the order is cancelled while the inventory commits", async () => {
    const orderId = await order();
    const held = Promise.withResolvers<void>();
    inventory().intercept(({ when }) => (when === "before Commit" ? held.promise : undefined));
    await paid(orderId);
    await eventually(() => expect(callsOf(orderId, "before Commit")).to.equal(1));
    await cancel(orderId);
    held.resolve();
    await until(orderId, "STOCK_RELEASED");
    expect(await story(orderId)).to.not.include("STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });
});
