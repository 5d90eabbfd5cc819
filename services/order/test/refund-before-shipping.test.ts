import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  eur,
  newCourse,
  newProduct,
  newUser,
  productLine,
} from "../../../test/support/fixtures.ts";
import { fastRecovery, initialStock } from "./support/fixtures.ts";
import { moveTo } from "./support/fulfilment.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { refund } from "./support/refunds.ts";
import { unitsOf } from "./support/stock-and-seats.ts";

describe("Goods that are refunded in full before they are shipped", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: fastRecovery })));
  after(() => environment.stop());

  /** A paid order of a course at EUR 10.00, and two products at EUR 5.00 each: two of the first, three of the second. */
  async function placePaid() {
    const products = [newProduct(), newProduct()] as const;
    const lines = [courseLine(newCourse()), productLine(products[0], 2), productLine(products[1], 3)];
    const purchase = await environment.placeLines(lines, newUser(), { shippingAddress: berlin });
    await environment.beginAndPay(purchase);
    await eventually(async () => {
      for (const product of products) expect((await unitsOf(environment, product))[1]).to.equal(0);
    });
    return { purchase, products };
  }

  const refundLine = (purchase: Purchase, index: number, amount: number) =>
    refund(environment, purchase, { items: [{ itemId: purchase.itemIds[index]!, amount: eur(amount) }] });
  const releases = async (purchase: Purchase) =>
    (await historyOf(purchase)).filter((entry) => entry.startsWith("STOCK_LINES_RELEASED"));
  const untilReleased = (purchase: Purchase, times = 1) =>
    eventually(async () => expect(await releases(purchase)).to.have.lengthOf(times));
  const isOpen = async ({ orderId }: Purchase, to: OrderStatus) => {
    const { actions } = await environment.platform.explainOrder({ orderId });
    return actions.find((action) => action.to === to && action.rpc === "UpdateOrderStatus")?.allowed;
  };
  const ship = async (purchase: Purchase) => {
    for (const step of ["READY_TO_SHIP", "SHIPPED", "DELIVERED"] as const)
      await moveTo(environment, purchase, step);
  };

  it("are released from stock by line; the other goods are shipped", async () => {
    const { purchase, products } = await placePaid();
    await refundLine(purchase, 1, 10);
    await untilReleased(purchase);
    expect(await unitsOf(environment, products[0])).to.deep.equal([initialStock, 0, 0]);
    expect(await unitsOf(environment, products[1])).to.deep.equal([initialStock - 3, 0, 3]);
    expect(await isOpen(purchase, OrderStatus.COMPLETED)).to.equal(false);
    await ship(purchase);
    expect(await statusOf(purchase)).to.equal("DELIVERED");
    expect(await unitsOf(environment, products[1])).to.deep.equal([initialStock - 3, 0, 3]);
  });

  it("stay in the order while a part of what was paid for them is left", async () => {
    const { purchase, products } = await placePaid();
    await refundLine(purchase, 1, 9);
    await moveTo(environment, purchase, "READY_TO_SHIP");
    expect(await unitsOf(environment, products[0])).to.deep.equal([initialStock - 2, 0, 2]);
    await refundLine(purchase, 1, 1);
    await untilReleased(purchase);
    expect(await unitsOf(environment, products[0])).to.deep.equal([initialStock, 0, 0]);
  });

  it("are not shipped, and an order without others can be completed", async () => {
    const { purchase, products } = await placePaid();
    await refundLine(purchase, 1, 10);
    await untilReleased(purchase);
    await refundLine(purchase, 2, 15);
    await untilReleased(purchase, 2);
    expect(await unitsOf(environment, products[1])).to.deep.equal([initialStock, 0, 0]);
    expect(await isOpen(purchase, OrderStatus.READY_TO_SHIP)).to.equal(false);
    expect(await rejectionReason(moveTo(environment, purchase, "READY_TO_SHIP"))).to.equal(
      "ILLEGAL_TRANSITION",
    );
    expect(await isOpen(purchase, OrderStatus.COMPLETED)).to.equal(true);
    await moveTo(environment, purchase, "COMPLETED");
    expect(await statusOf(purchase)).to.equal("COMPLETED");
  });

  it("are not shipped when they were packed already", async () => {
    const { purchase } = await placePaid();
    await moveTo(environment, purchase, "READY_TO_SHIP");
    await refundLine(purchase, 1, 10);
    await refundLine(purchase, 2, 15);
    expect(await statusOf(purchase)).to.equal("READY_TO_SHIP");
    expect(await rejectionReason(moveTo(environment, purchase, "SHIPPED"))).to.equal("ILLEGAL_TRANSITION");
    await moveTo(environment, purchase, "COMPLETED");
    expect(await statusOf(purchase)).to.equal("COMPLETED");
  });

  it("are released once, and the others with them, when the order is cancelled then", async () => {
    const { purchase, products } = await placePaid();
    await refundLine(purchase, 1, 10);
    await untilReleased(purchase);
    await environment.admin.cancelOrder({ orderId: purchase.orderId, reason: "changed my mind" });
    await eventually(async () =>
      expect(await unitsOf(environment, products[1])).to.deep.equal([initialStock, 0, 0]),
    );
    expect(await unitsOf(environment, products[0])).to.deep.equal([initialStock, 0, 0]);
  });

  it("stay with the buyer when they were shipped before", async () => {
    const { purchase, products } = await placePaid();
    await ship(purchase);
    await refundLine(purchase, 1, 10);
    expect(await unitsOf(environment, products[0])).to.deep.equal([initialStock - 2, 0, 2]);
    expect(await releases(purchase)).to.deep.equal([]);
  });
});
