import { Code } from "@connectrpc/connect";
import { ItemKind, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import {
  brush,
  course,
  courseLine,
  eur,
  firstEdition,
  newCourse,
  newProduct,
  newSession,
  newUser,
  notebook,
  productLine,
  reykjavik,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import {
  counterOf,
  placeOrder,
  seatsTaken,
  setStock,
  stockOf,
  untilNoReservationRecords,
} from "./support/stock-and-seats.ts";

describe("CreateOrder with sessions and goods", () => {
  let environment: OrderEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startOrderEnvironment();
  });
  after(() => environment?.stop());

  it("places courses, sessions and goods in one order, at what they cost together", async () => {
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
      "SELECT kind, booking_status, offer_id FROM order_items WHERE order_id = $1 ORDER BY id",
      [order!.id],
    );
    expect(rows.map(({ booking_status }) => booking_status)).to.deep.equal([null, "HELD", null, null]);
    expect(rows[2]).to.include({ offer_id: `offer-${notebook}` });
    expect(await environment.query("SELECT 1 FROM stock_intent")).to.deep.equal([]);
  });

  it("tells in its history that it was placed and that its goods were set aside", async () => {
    const client = environment.as(newUser());
    const { order } = await placeOrder(client, [productLine(notebook)]);
    const { events } = await client.listOrderEvents({ orderId: order!.id });
    expect(events.map(({ type, version }) => [type, version])).to.deep.equal([
      ["ORDER_CREATED", 1n],
      ["INVENTORY_RESERVED", 1n],
    ]);
  });

  it("keeps the goods longer than anybody may pay for them", async () => {
    const { order } = await placeOrder(environment.as(newUser()), [productLine(notebook)]);
    const answer = await fetch(`${environment.sandbox.url}/stock?order_id=${order!.id}`);
    const { expires_at } = (await answer.json()) as { expires_at: string };
    const minutesAfter = (Date.parse(expires_at) / 1000 - Number(order!.expiresAt!.seconds)) / 60;
    expect(minutesAfter).to.be.within(19.9, 20.1);
  });

  it("reserves a product once that is on two lines, and counts both", async () => {
    const product = newProduct();
    const { order } = await placeOrder(environment.as(newUser()), [
      productLine(product, 2),
      productLine(product, 5),
    ]);
    expect(order?.total).to.include(eur(35));
    expect(await stockOf(environment, product)).to.include({ reserved: 7 });
  });

  describe("adds delivery and takes the discount off", () => {
    it("into the total, and shows both", async () => {
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

    it("and refuses a total that was shown without them, which the request may accept", async () => {
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

  describe("when a request is repeated", () => {
    it("answers the order though the last of its goods is gone by now, and sets nothing aside again", async () => {
      const client = environment.as(newUser());
      const lines = [productLine(firstEdition)];
      const more = { idempotencyKey: "last-one" };
      const first = await placeOrder(client, lines, more);
      const again = await placeOrder(client, lines, more);
      expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
      expect(await stockOf(environment, firstEdition)).to.include({ available: 0, reserved: 1 });
    });

    it("never says that the last one is gone to a repeat of the very request that gets it", async () => {
      const client = environment.as(newUser());
      for (let round = 0; round < 5; round += 1) {
        const product = newProduct();
        await setStock(environment, product, 1);
        const more = { idempotencyKey: `last-${round}` };
        const create = () => placeOrder(client, [productLine(product)], more);
        const outcomes = await Promise.allSettled(Array.from({ length: 10 }, create));
        const ids = outcomes.flatMap((call) => (call.status === "fulfilled" ? [call.value.order?.id] : []));
        const refused = outcomes.flatMap((call) =>
          call.status === "rejected" ? [reasonOf(call.reason)] : [],
        );
        expect(refused.filter((reason) => reason !== "REQUEST_IN_PROGRESS")).to.deep.equal([]);
        expect(new Set(ids)).to.have.lengthOf(1);
        expect((await create()).order?.id).to.equal(ids[0]);
        expect(await stockOf(environment, product)).to.include({ available: 0, reserved: 1 });
      }
    });

    it("comes to one order with goods and seats set aside once, of 50 at the same time", async () => {
      const client = environment.as(newUser());
      const [product, session] = [newProduct(), newSession()];
      const lines = [productLine(product, 2), sessionLine(session, 3)];
      const calls = Array.from({ length: 50 }, () =>
        placeOrder(client, lines, { idempotencyKey: "together" }),
      );
      const ids = (await Promise.all(calls)).map(({ order }) => order?.id);
      expect(new Set(ids)).to.have.lengthOf(1);
      await untilNoReservationRecords(environment);
      expect(await stockOf(environment, product)).to.include({ available: 999_998, reserved: 2 });
      expect(await seatsTaken(environment, session)).to.equal(3);
    });
  });
});
