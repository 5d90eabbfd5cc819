import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import { course, courseLine, eur, newCourse, newUser, otherCourse } from "../../../test/support/fixtures.ts";
import {
  idsInStatus,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";

describe("CreateOrder", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  let user: string;
  beforeEach(() => (user = newUser()));

  const items = [courseLine(course)];

  it("places an order at the catalog's prices, to be paid within 30 minutes", async () => {
    const lines = [...items, courseLine(otherCourse)];
    const { order, idempotentReplay } = await environment
      .as(user)
      .createOrder({ items: lines, idempotencyKey: "place" });
    expect(idempotentReplay).to.equal(false);
    expect(order).to.include({ userId: user, status: OrderStatus.CREATED, currency: "EUR", version: 1n });
    expect(order?.total).to.include(eur(68.9));
    expect(order?.items.map(({ subtotal }) => subtotal?.units)).to.deep.equal([49n, 19n]);
    expect(Number(order?.expiresAt?.seconds) - Number(order?.createdAt?.seconds)).to.equal(30 * 60);
  });

  it("places an order that its owner, each of its courses and its status find", async () => {
    const courses = [newCourse(), newCourse(), newCourse()];
    const purchase = await environment.place(courses);
    const order = await read(purchase);
    expect(order).to.include({
      status: OrderStatus.CREATED,
      userId: purchase.userId,
      version: 1n,
      currency: "EUR",
    });
    expect(order.items.map(({ item }) => item.value)).to.deep.equal(courses);
    expect(order.total).to.include(eur(30));
    expect(order.updatedAt).to.deep.equal(order.createdAt);
    const [placed] = await environment.eventDataOf(purchase, "order.created");
    expect(placed).to.deep.include({ courseIds: courses, totalAmount: 30 });
    expect(await listed({ userId: purchase.userId })).to.deep.equal([purchase.orderId]);
    for (const courseId of courses) expect(await listed({ courseId })).to.deep.equal([purchase.orderId]);
    expect(await idsInStatus(purchase, "PENDING")).to.deep.equal([purchase.orderId]);
  });

  it("begins the history with the order's creation", async () => {
    const { order } = await environment.as(user).createOrder({ items, idempotencyKey: "history" });
    const { events } = await environment.as(user).listOrderEvents({ orderId: order!.id });
    expect(events.map(({ type, version, to, actor }) => ({ type, version, to, actor }))).to.deep.equal([
      { type: "ORDER_CREATED", version: 1n, to: OrderStatus.CREATED, actor: `user:${user}` },
    ]);
  });

  it("publishes order.created with exactly its fields, the amount in decimals", async () => {
    const purchase = await environment.place([course, otherCourse]);
    const order = await read(purchase);
    const [body] = await environment.eventDataOf(purchase, "order.created");
    const { createdAt, ...facts } = body!;
    expect(facts).to.deep.equal({
      orderId: purchase.orderId,
      userId: purchase.userId,
      status: "pending",
      totalAmount: 68.9,
      currency: "EUR",
      itemCount: 2,
      courseIds: [course, otherCourse],
    });
    expect(BigInt(Date.parse(String(createdAt))) / 1000n).to.equal(order.createdAt?.seconds);
  });

  it("keeps the notes and the unit price of the day", async () => {
    const lines = [courseLine(newCourse())];
    const user = newUser();
    const request = { items: lines, notes: "knock twice", idempotencyKey: v7() };
    const { order } = await environment.as(user).createOrder(request);
    expect(order).to.include({ notes: "knock twice" });
    expect(order?.items[0]?.unitPrice).to.include(eur(10));
    expect(order?.createdAt).to.deep.equal(order?.updatedAt);
    expect(order?.completedAt).to.equal(undefined);
  });

  describe("with an expected price that differs", () => {
    it("is rejected with each difference", async () => {
      const lines = [{ ...items[0]!, unitPrice: eur(48) }];
      const error = await failureOf(
        environment.as(user).createOrder({ items: lines, expectedTotal: eur(48), idempotencyKey: "p1" }),
      );
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Aborted, "PRICE_CHANGED"]);
      expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({
        "items[0].expected": "48.00",
        "items[0].current": "49.00",
        "total.expected": "48.00",
        "total.current": "49.00",
      });
    });

    it("writes nothing, and places the order under the same key once the price is accepted", async () => {
      const client = environment.as(newUser());
      const items = [{ ...courseLine(newCourse()), unitPrice: eur(9) }];
      const request = { items, expectedTotal: eur(9), idempotencyKey: v7() };
      const { code, reason, metadata } = await rejectionOf(client.createOrder(request));
      expect([code, reason]).to.deep.equal([Code.Aborted, "PRICE_CHANGED"]);
      expect(metadata).to.deep.equal({
        "items[0].expected": "9.00",
        "items[0].current": "10.00",
        "total.expected": "9.00",
        "total.current": "10.00",
      });
      expect((await client.listOrders({})).orders).to.deep.equal([]);
      const accepted = await client.createOrder({ ...request, acceptPriceChanges: true });
      expect(accepted.order?.total).to.include(eur(10));
      expect(accepted.idempotentReplay).to.equal(false);
    });

    it("places the order at the current price when the request accepts it", async () => {
      const lines = [{ ...items[0]!, unitPrice: eur(48) }];
      const { order, priceChanges } = await environment
        .as(user)
        .createOrder({ items: lines, acceptPriceChanges: true, idempotencyKey: "p2" });
      expect(order?.total).to.include(eur(49));
      expect(priceChanges.map(({ itemIndex }) => itemIndex)).to.deep.equal([0]);
    });

    it("returns each price that the request accepted although it differs, and the total", async () => {
      const items = [
        { ...courseLine(newCourse()), unitPrice: eur(10) },
        { ...courseLine(newCourse()), unitPrice: eur(9) },
      ];
      const request = { items, expectedTotal: eur(19), acceptPriceChanges: true, idempotencyKey: v7() };
      const client = environment.as(newUser());
      const { priceChanges } = await client.createOrder(request);
      expect(
        priceChanges.map(({ itemIndex, expected, current }) => [itemIndex, expected?.units, current?.units]),
      ).to.deep.equal([
        [1, 9n, 10n],
        [undefined, 19n, 20n],
      ]);
      const replay = await client.createOrder(request);
      expect([replay.idempotentReplay, replay.priceChanges]).to.deep.equal([true, []]);
    });

    it("returns no price change where the prices are the expected ones", async () => {
      const items = [{ ...courseLine(newCourse()), unitPrice: eur(10) }];
      const request = { items, expectedTotal: eur(10), acceptPriceChanges: true, idempotencyKey: v7() };
      const { priceChanges } = await environment.as(newUser()).createOrder(request);
      expect(priceChanges).to.deep.equal([]);
    });
  });

  const listed = async (request: object, by = environment.admin) =>
    (await by.listOrders(request)).orders.map(({ id }) => id);
});
