import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { AppError } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { bo, newProduct, newUser, productLine, shop } from "../../../test/support/fixtures.ts";
import { appError } from "../src/rules/errors.ts";
import { fastRecovery, initialStock } from "./support/fixtures.ts";
import { type CallPoint, type InventoryProxy, startInventoryProxy } from "./support/inventory-proxy.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { counterOf, placeOrder, stockOf } from "./support/stock-and-seats.ts";

describe("The stock of an order", () => {
  let inventory: InventoryProxy;
  let environment: OrderEnvironment;
  let user: string;
  let product: string;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    inventory = await startInventoryProxy();
    environment = await startOrderEnvironment({
      env: { TILL_INVENTORY_ADDRESS: inventory.address, ...fastRecovery },
    });
    await inventory.connect(environment.sandbox);
  });
  after(async () => {
    await environment?.stop();
    await inventory?.close();
  });
  beforeEach(() => {
    user = newUser();
    product = newProduct();
  });
  afterEach(() => inventory.intercept(undefined));

  /** Places an order of two units, for EUR 10.00. */
  async function order(): Promise<string> {
    return (await placeOrder(environment.as(user), [productLine(product, 2)])).order!.id;
  }
  const publishPayment = (type: string, orderId: string, more: object = {}) => {
    const data = { paymentId: v7(), orderId, userId: user, amount: 10, currency: "EUR", ...more };
    return environment.publish(type, orderId, data);
  };
  const paid = (orderId: string) => publishPayment("payment.processed", orderId);
  const cancel = (orderId: string) =>
    environment.as(bo, "admin").cancelOrder({ orderId, idempotencyKey: v7(), reason: "test" });
  const story = async (orderId: string, about = /^(STOCK|INVENTORY)_/) =>
    (await environment.as(user).listOrderEvents({ orderId })).events
      .map(({ type }) => type)
      .filter((type) => about.test(type));
  const until = (orderId: string, entry: string) =>
    eventually(async () => expect(await story(orderId)).to.include(entry));
  const counts = async () => {
    const { available, reserved, committed } = (await stockOf(environment, product))!;
    return [available, reserved, committed];
  };
  const callsOf = (orderId: string, when: CallPoint["when"]) =>
    inventory.calls.filter((point) => point.orderId === orderId && point.when === when).length;

  it("is committed when the order is paid, and the history records it", async () => {
    const orderId = await order();
    expect(await counts()).to.deep.equal([initialStock - 2, 2, 0]);
    await paid(orderId);
    await until(orderId, "STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
    const [row] = await environment.query("SELECT stock_state, stock_due FROM orders WHERE id = $1", [
      orderId,
    ]);
    expect(row).to.deep.equal({ stock_state: "COMMITTED", stock_due: null });
  });

  const ends: [name: string, end: (orderId: string) => Promise<unknown>][] = [
    ["it is cancelled", cancel],
    [
      "it expires",
      (orderId) => environment.as(shop, "service").expireOrder({ orderId, idempotencyKey: v7() }),
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
      const before = await counterOf(environment, "order_cancel_total");
      await end(orderId);
      await until(orderId, "STOCK_RELEASED");
      expect(await counterOf(environment, "order_cancel_total")).to.equal(before + 1);
      await until(orderId, "INVENTORY_RELEASED");
      expect(await counts()).to.deep.equal([initialStock, 0, 0]);
      const { order: read } = await environment.as(user).getOrder({ orderId });
      expect(read?.inventoryReleasedAt).to.not.equal(undefined);
      expect((await story(orderId)).filter((type) => type === "STOCK_RELEASED")).to.have.lengthOf(1);
    });
  }

  it("stays reserved while the order may still be paid, though a payment failed", async () => {
    const orderId = await order();
    const decline = { failureCode: "insufficient_funds", failureReason: "no money", retryable: true };
    await publishPayment("payment.failed", orderId, decline);
    const { order: read } = await environment.as(user).getOrder({ orderId });
    expect(read?.status).to.equal(OrderStatus.PAYMENT_FAILED);
    const [row] = await environment.query("SELECT stock_due FROM orders WHERE id = $1", [orderId]);
    expect(row).to.deep.equal({ stock_due: null });
    expect(await counts()).to.deep.equal([initialStock - 2, 2, 0]);
  });

  it("is committed or released as soon as the inventory is available", async () => {
    const [first, second] = [await order(), await order()];
    const failures = { count: 0 };
    inventory.intercept(() => {
      failures.count += 1;
      throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
        upstream: "inventory",
        cause: new Error("unavailable"),
      });
    });
    await paid(first);
    await cancel(second);
    await eventually(() => expect(failures.count).to.be.greaterThan(2));
    expect(await counts()).to.deep.equal([initialStock - 4, 4, 0]);
    inventory.intercept(undefined);
    await until(first, "STOCK_COMMITTED");
    await until(second, "STOCK_RELEASED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("is committed or released once though the inventory's first responses are lost", async () => {
    const [first, second] = [await order(), await order()];
    const lost = new Set<string>();
    inventory.intercept(({ when, orderId }) => {
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
    inventory.intercept(({ orderId }) => {
      if (orderId === poison) throw new Error("bug");
    });
    await cancel(poison);
    await eventually(() => expect(callsOf(poison, "before Release")).to.be.greaterThan(0));
    await cancel(other);
    await until(other, "STOCK_RELEASED");
    inventory.intercept(undefined);
    await until(poison, "STOCK_RELEASED");
  });

  it("is reserved again where the inventory has lost the reservation of a paid order", async () => {
    const orderId = await order();
    let isForgotten = true;
    inventory.intercept(({ when }) => {
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
    const before = await counterOf(environment, "order_stock_applied_total");
    inventory.intercept(({ when }) => {
      if (when === "before Commit")
        throw new AppError("RESERVATION_RELEASED", Code.FailedPrecondition, "released");
      if (when === "before Reserve") throw new AppError("OUT_OF_STOCK", Code.FailedPrecondition, "sold out");
    });
    await paid(orderId);
    await until(orderId, "STOCK_MISSING");
    // The counter follows the commit.
    await eventually(async () =>
      expect(await counterOf(environment, "order_stock_applied_total")).to.equal(before + 1),
    );
    expect((await environment.as(user).getOrder({ orderId })).order?.status).to.equal(OrderStatus.PAID);
    const [row] = await environment.query("SELECT stock_state, stock_due FROM orders WHERE id = $1", [
      orderId,
    ]);
    expect(row).to.deep.equal({ stock_state: "MISSING", stock_due: null });
  });

  it("is released though the order is cancelled while the inventory commits", async () => {
    const orderId = await order();
    const held = Promise.withResolvers<void>();
    inventory.intercept(({ when }) => (when === "before Commit" ? held.promise : undefined));
    await paid(orderId);
    await eventually(() => expect(callsOf(orderId, "before Commit")).to.equal(1));
    await cancel(orderId);
    held.resolve();
    await until(orderId, "STOCK_RELEASED");
    expect(await story(orderId)).to.not.include("STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });

  it("is released when an order is returned, though its refund was done first", async () => {
    const orderId = await order();
    const paymentId = v7();
    await publishPayment("payment.processed", orderId, { paymentId });
    await until(orderId, "STOCK_COMMITTED");
    const { READY_TO_SHIP, SHIPPED, DELIVERED, RETURNED } = OrderStatus;
    inventory.intercept(() => {
      throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
        upstream: "inventory",
        cause: new Error("unavailable"),
      });
    });
    for (const status of [READY_TO_SHIP, SHIPPED, DELIVERED, RETURNED])
      await environment.as(shop, "service").updateOrderStatus({ orderId, status, idempotencyKey: v7() });
    const orderRefundId = await eventually(async () => {
      const { order: read } = await environment.as(user).getOrder({ orderId });
      expect(read?.status).to.equal(OrderStatus.REFUND_PENDING);
      return read!.refund!.id;
    });
    await publishPayment("payment.refunded", orderId, { paymentId, orderRefundId });
    inventory.intercept(undefined);
    await until(orderId, "STOCK_RELEASED");
    expect(await counts()).to.deep.equal([initialStock, 0, 0]);
  });

  it("stays committed where a delivered order is refunded and not returned", async () => {
    const orderId = await order();
    const paymentId = v7();
    inventory.intercept(() => {
      throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
        upstream: "inventory",
        cause: new Error("unavailable"),
      });
    });
    await publishPayment("payment.processed", orderId, { paymentId });
    const { READY_TO_SHIP, SHIPPED, DELIVERED } = OrderStatus;
    for (const status of [READY_TO_SHIP, SHIPPED, DELIVERED])
      await environment.as(shop, "service").updateOrderStatus({ orderId, status, idempotencyKey: v7() });
    await publishPayment("payment.refunded", orderId, { paymentId });
    expect((await environment.as(user).getOrder({ orderId })).order?.status).to.equal(OrderStatus.REFUNDED);
    inventory.intercept(undefined);
    await until(orderId, "STOCK_COMMITTED");
    expect(await counts()).to.deep.equal([initialStock - 2, 0, 2]);
  });

  it("is committed or released once by two replicas at the same time", async function () {
    this.timeout(60_000);
    const other = await startOrderEnvironment({ env: { ...environment.env } });
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
