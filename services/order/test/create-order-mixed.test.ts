import { Code } from "@connectrpc/connect";
import { ItemKind, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import {
  berlin,
  brush,
  course,
  courseLine,
  eur,
  newCourse,
  newProduct,
  newSession,
  newUser,
  notebook,
  productLine,
  reykjavik,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { historyOf, type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";
import { counterOf, placeOrder, seatsTaken, stockOf } from "./support/stock-and-seats.ts";

describe("CreateOrder with sessions and products", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("places courses, sessions and products in one order, at the sum of their prices", async () => {
    const client = environment.as(newUser());
    const [session, product] = [newSession(), newProduct()];
    const lines = [
      courseLine(course),
      sessionLine(session, 2),
      productLine(notebook, 3),
      productLine(product),
    ];
    const { order } = await placeOrder(client, lines);
    expect(order).to.include({ status: OrderStatus.CREATED, currency: "EUR", version: 1n });
    // 49.00 + 2 × 15.00 + 3 × 12.50 + 5.00
    expect(order?.total).to.include(eur(121.5));
    expect(
      order?.items.map(({ kind, item, quantity }) => [ItemKind[kind], item.value, quantity]),
    ).to.deep.equal([
      ["DIGITAL_COURSE", course, 1],
      ["SESSION", session, 2],
      ["PHYSICAL", notebook, 3],
      ["PHYSICAL", product, 1],
    ]);
    expect(order?.items.map(({ name }) => name)).to.include("Dotted Notebook");
    expect(order?.shippingAddress?.locality).to.equal("Berlin");
    expect(await seatsTaken(environment, session)).to.equal(2);
    expect(await stockOf(environment, product)).to.include({ available: 999_999, reserved: 1 });
    const rows = await environment.query(
      "SELECT booking_status FROM order_items WHERE order_id = $1 ORDER BY id",
      [order!.id],
    );
    expect(rows.map(({ booking_status }) => booking_status)).to.deep.equal([null, "HELD", null, null]);
    expect(await environment.query("SELECT 1 FROM stock_intent")).to.deep.equal([]);
  });

  it("records in the history that it was created and that its stock was reserved", async () => {
    const client = environment.as(newUser());
    const { order } = await placeOrder(client, [productLine(notebook)]);
    const { events } = await client.listOrderEvents({ orderId: order!.id });
    expect(events.map(({ type, version }) => [type, version])).to.deep.equal([
      ["ORDER_CREATED", 1n],
      ["INVENTORY_RESERVED", 1n],
    ]);
  });

  const notebooks = (quantity: number) =>
    environment.placeLines([productLine(notebook, quantity)], undefined, { shippingAddress: berlin });

  it("reserves stock before the order exists", async () => {
    const before = await stockOf(environment, notebook);
    const purchase = await notebooks(3);
    const after = await stockOf(environment, notebook);
    expect(after).to.include({ available: before!.available - 3, reserved: before!.reserved + 3 });
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "INVENTORY_RESERVED > CREATED",
    ]);
  });

  it("reserves stock for longer than the order can be paid", async () => {
    const { order } = await placeOrder(environment.as(newUser()), [productLine(notebook)]);
    const answer = await fetch(`${environment.sandbox.url}/stock?order_id=${order!.id}`);
    const { expires_at } = (await answer.json()) as { expires_at: string };
    const minutesAfter = (Date.parse(expires_at) / 1000 - Number(order!.expiresAt!.seconds)) / 60;
    expect(minutesAfter).to.be.within(19.9, 20.1);
  });

  it("reserves the sum of two lines of one product", async () => {
    const product = newProduct();
    const { order } = await placeOrder(environment.as(newUser()), [
      productLine(product, 2),
      productLine(product, 5),
    ]);
    expect(order?.total).to.include(eur(35));
    expect(await stockOf(environment, product)).to.include({ reserved: 7 });
  });

  describe("adds delivery and subtracts the discount", () => {
    it("in the total, and shows both", async () => {
      const lines = [productLine(notebook, 4), courseLine(newCourse())];
      const more = { shippingAddress: reykjavik, cartId: "sale-1", expectedTotal: eur(64.9) };
      const { order } = await placeOrder(environment.as(newUser()), lines, more);
      // 4 × 12.50 + 10.00 + 9.90 delivery - 10 % of the goods
      expect(order?.total).to.include(eur(64.9));
      expect(order?.shippingFee).to.include(eur(9.9));
      expect(order?.discount).to.include(eur(5));
    });

    it("in yen, which have no smaller unit", async () => {
      const yen = (units: number) => ({ currencyCode: "JPY", units: BigInt(units), nanos: 0 });
      const lines = [{ ...productLine(brush, 3), unitPrice: yen(1500) }];
      const more = { shippingAddress: reykjavik, cartId: "sale-2", currency: "JPY" };
      const { order } = await placeOrder(environment.as(newUser()), lines, more);
      expect([order?.currency, order?.total?.units, order?.total?.nanos]).to.deep.equal(["JPY", 5250n, 0]);
      expect([order?.shippingFee?.units, order?.discount?.units]).to.deep.equal([1200n, 450n]);
    });

    it("and rejects a total without them, unless the request accepts it", async () => {
      const client = environment.as(newUser());
      const lines = [{ ...productLine(notebook), unitPrice: eur(11) }];
      const more = { shippingAddress: reykjavik, expectedTotal: eur(11) };
      const before = await counterOf(environment, "order_price_changed_total");
      const error = await failureOf(placeOrder(client, lines, more));
      expect(error.code).to.equal(Code.Aborted);
      expect(factsOf(error)).to.deep.equal({
        reason: "PRICE_CHANGED",
        metadata: {
          "items[0].expected": "11.00",
          "items[0].current": "12.50",
          "total.expected": "11.00",
          "total.current": "22.40",
        },
      });
      expect(await counterOf(environment, "order_price_changed_total")).to.equal(before + 1);
      const { order } = await placeOrder(client, lines, { ...more, acceptPriceChanges: true });
      expect(order?.total).to.include(eur(22.4));
    });
  });
});
