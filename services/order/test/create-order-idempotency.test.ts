import { Code } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  course,
  courseLine,
  firstEdition,
  newCourse,
  newProduct,
  newSession,
  newUser,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { startOrderEnvironment } from "./support/order-service.ts";
import { type PurchaseEnvironment, purchaseFrom, startPurchaseEnvironment } from "./support/purchases.ts";
import {
  placeOrder,
  seatsTaken,
  setStock,
  stockOf,
  untilNoReservationRecords,
} from "./support/stock-and-seats.ts";

describe("CreateOrder repeated with its key", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  let user: string;
  beforeEach(() => (user = newUser()));

  const items = [courseLine(course)];

  it("returns the same order, marked as a replay in the response and in the trailer", async () => {
    const client = environment.as(user);
    const first = await client.createOrder({ items, idempotencyKey: "twice" });
    let trailer: Headers | undefined;
    const second = await client.createOrder(
      { items, idempotencyKey: "twice" },
      { onTrailer: (received) => (trailer = received) },
    );
    expect(second.order?.id).to.equal(first.order?.id);
    expect(second.idempotentReplay).to.equal(true);
    expect(trailer?.get("idempotent-replay")).to.equal("true");
  });

  it("returns one order to 200 concurrent calls", async () => {
    const client = environment.as(user);
    const create = () => client.createOrder({ items, idempotencyKey: "storm" }, { timeoutMs: 60_000 });
    const calls = Array.from({ length: 200 }, create);
    const ids = (await Promise.all(calls)).map(({ order }) => order?.id);
    expect(new Set(ids)).to.have.lengthOf(1);
    const [{ count }] = (await environment.query(
      "SELECT count(*)::int FROM order_items WHERE order_id = $1",
      [ids[0]],
    )) as [{ count: number }];
    expect(count).to.equal(1);
  });

  it("creates and publishes one order for 50 concurrent calls", async () => {
    const client = environment.as(newUser());
    const request = { items: [courseLine(newCourse())], cartId: "cart-7", idempotencyKey: v7() };
    const responses = await Promise.all(Array.from({ length: 50 }, () => client.createOrder(request)));
    expect(new Set(responses.map(({ order }) => order!.id))).to.have.lengthOf(1);
    expect(responses.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.lengthOf(1);
    const purchase = purchaseFrom(responses[0]!.order!, client);
    expect(await environment.eventDataOf(purchase, "order.created")).to.have.lengthOf(1);
    expect((await client.listOrders({})).orders).to.have.lengthOf(1);
  });

  it("returns the order in its current status, though it could not be placed any more", async () => {
    const client = environment.as(newUser());
    const request = { items: [courseLine(newCourse())], idempotencyKey: v7() };
    const { order } = await client.createOrder(request);
    const purchase = purchaseFrom(order!, client);
    await environment.beginPayment(purchase);
    await environment.pay(purchase);
    const again = await client.createOrder(request);
    expect(again.idempotentReplay).to.equal(true);
    expect(again.order).to.include({ id: purchase.orderId, status: OrderStatus.PAID });
  });

  it("takes the key from metadata, and from the field where both are set", async () => {
    const client = environment.as(user);
    const headers = { "idempotency-key": "from-metadata" };
    const first = await client.createOrder({ items }, { headers });
    const again = await client.createOrder(
      { items, idempotencyKey: "from-metadata" },
      { headers: { "idempotency-key": "x" } },
    );
    expect(again.order?.id).to.equal(first.order?.id);
  });

  it("returns the order though its course is gone, and rejects a new request for the course", async () => {
    const first = await environment.as(user).createOrder({ items, idempotencyKey: "gone" });
    const empty = await emptyCourseService();
    const later = await startOrderEnvironment({
      env: { DATABASE_URL: environment.databaseUrl, TILL_COURSES_ADDRESS: `127.0.0.1:${empty.port}` },
    });
    const again = await later.as(user).createOrder({ items, idempotencyKey: "gone" });
    expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
    const anew = await failureOf(later.as(user).createOrder({ items, idempotencyKey: "anew" }));
    expect(reasonOf(anew)).to.equal("COURSE_NOT_FOUND");
    const reused = await failureOf(later.as(user).createOrder({ items, notes: "x", idempotencyKey: "gone" }));
    expect(reasonOf(reused)).to.equal("IDEMPOTENCY_KEY_REUSED");
    await later.stop();
    await empty.drain();
  });

  it("is the same request with ids in upper case, with its user named and with quantity 1", async () => {
    const client = environment.as(user);
    const first = await client.createOrder({ items, idempotencyKey: "otherwise" });
    const spelled = items.map(({ item }) => ({
      item: { ...item, value: item.value.toUpperCase() },
      quantity: 1,
    }));
    const again = await client.createOrder({ userId: user, items: spelled, idempotencyKey: "otherwise" });
    expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
  });

  it("rejects the key for another request and writes nothing", async () => {
    const client = environment.as(user);
    await client.createOrder({ items, idempotencyKey: "reused" });
    const before = await count();
    const error = await failureOf(client.createOrder({ items, notes: "other", idempotencyKey: "reused" }));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
    expect(await count()).to.equal(before);
  });

  it("keeps the keys of two users apart", async () => {
    const mine = await environment.as(user).createOrder({ items, idempotencyKey: "shared" });
    const theirs = await environment.as(newUser()).createOrder({ items, idempotencyKey: "shared" });
    expect(theirs.order?.id).to.not.equal(mine.order?.id);
    expect(theirs.idempotentReplay).to.equal(false);
  });

  const count = () => environment.countWritten();
});

describe("CreateOrder with sessions and products, repeated with its key", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("returns the order though its product is sold out, and reserves nothing again", async () => {
    const client = environment.as(newUser());
    const lines = [productLine(firstEdition)];
    const more = { idempotencyKey: "last-one" };
    const first = await placeOrder(client, lines, more);
    const again = await placeOrder(client, lines, more);
    expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
    expect(await stockOf(environment, firstEdition)).to.include({ available: 0, reserved: 1 });
  });

  it("never rejects a repeat of the request that gets the last unit with OUT_OF_STOCK", async () => {
    const client = environment.as(newUser());
    for (let round = 0; round < 5; round += 1) {
      const product = newProduct();
      await setStock(environment, product, 1);
      const more = { idempotencyKey: `last-${round}` };
      const create = () => placeOrder(client, [productLine(product)], more);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, create));
      const ids = outcomes.flatMap((call) => (call.status === "fulfilled" ? [call.value.order?.id] : []));
      const reasons = outcomes.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
      expect(reasons.filter((reason) => reason !== "REQUEST_IN_PROGRESS")).to.deep.equal([]);
      expect(new Set(ids)).to.have.lengthOf(1);
      expect((await create()).order?.id).to.equal(ids[0]);
      expect(await stockOf(environment, product)).to.include({ available: 0, reserved: 1 });
    }
  });

  it("makes one order and one reservation of 50 concurrent calls", async () => {
    const client = environment.as(newUser());
    const [product, session] = [newProduct(), newSession()];
    const lines = [productLine(product, 2), sessionLine(session, 3)];
    const calls = Array.from({ length: 50 }, () => placeOrder(client, lines, { idempotencyKey: "together" }));
    const ids = (await Promise.all(calls)).map(({ order }) => order?.id);
    expect(new Set(ids)).to.have.lengthOf(1);
    await untilNoReservationRecords(environment);
    expect(await stockOf(environment, product)).to.include({ available: 999_998, reserved: 2 });
    expect(await seatsTaken(environment, session)).to.equal(3);
  });
});

/** A course service without courses. */
function emptyCourseService() {
  const none = () => Promise.resolve({});
  return serve({
    services: [
      implement(CourseService, {
        getCourse: allow(["service"], none),
        batchGetCourses: allow(["service"], none),
        getSession: allow(["service"], none),
        batchGetSessions: allow(["service"], none),
      }),
    ],
    host: "127.0.0.1",
    port: 0,
    verify: () => ({ id: "order", role: "service" }),
    log: createLog({ service: "courses", level: "silent" }),
    metrics: createMetrics({ service: "courses" }),
  });
}
