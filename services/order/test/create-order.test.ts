import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { course, courseLine, eur, newUser, otherCourse } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("CreateOrder", () => {
  let environment: OrderEnvironment;
  let user: string;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());
  beforeEach(() => (user = newUser()));

  const items = [courseLine(course)];

  it("places an order at the catalogue's prices, awaiting payment", async () => {
    const lines = [...items, courseLine(otherCourse, 2)];
    const { order, idempotentReplay } = await environment
      .as(user)
      .createOrder({ items: lines, idempotencyKey: "place" });
    expect(idempotentReplay).to.equal(false);
    expect(order).to.include({ userId: user, status: OrderStatus.CREATED, currency: "EUR", version: 1n });
    expect(order?.total).to.include(eur(88.8));
    expect(order?.items.map(({ subtotal }) => subtotal?.units)).to.deep.equal([49n, 39n]);
    expect(Number(order?.expiresAt?.seconds) - Number(order?.createdAt?.seconds)).to.equal(30 * 60);
  });

  it("tells the history and the outside world what was placed", async () => {
    const { order } = await environment.as(user).createOrder({ items, idempotencyKey: "told" });
    const { events } = await environment.as(user).listOrderEvents({ orderId: order!.id });
    expect(events.map(({ type, version, to, actor }) => ({ type, version, to, actor }))).to.deep.equal([
      { type: "ORDER_CREATED", version: 1n, to: OrderStatus.CREATED, actor: `user:${user}` },
    ]);
  });

  describe("when a request is repeated", () => {
    it("returns the same order, marked as a replay, in the answer and in the trailer", async () => {
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

    it("takes the key from metadata, and the field where both are given", async () => {
      const client = environment.as(user);
      const headers = { "idempotency-key": "from-metadata" };
      const first = await client.createOrder({ items }, { headers });
      const again = await client.createOrder(
        { items, idempotencyKey: "from-metadata" },
        { headers: { "idempotency-key": "x" } },
      );
      expect(again.order?.id).to.equal(first.order?.id);
    });

    it("returns the order though its course is gone by now, and refuses whoever asks for the course anew", async () => {
      const first = await environment.as(user).createOrder({ items, idempotencyKey: "gone" });
      const empty = await emptyCourseService();
      const later = await startOrderEnvironment({
        env: { DATABASE_URL: environment.databaseUrl, TILL_COURSES_ADDRESS: `127.0.0.1:${empty.port}` },
      });
      const again = await later.as(user).createOrder({ items, idempotencyKey: "gone" });
      expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
      const anew = await failureOf(later.as(user).createOrder({ items, idempotencyKey: "anew" }));
      expect(reasonOf(anew)).to.equal("COURSE_NOT_FOUND");
      const reused = await failureOf(
        later.as(user).createOrder({ items, notes: "x", idempotencyKey: "gone" }),
      );
      expect(reasonOf(reused)).to.equal("IDEMPOTENCY_KEY_REUSED");
      await later.stop();
      await empty.drain();
    });

    it("takes the same said otherwise for the same: ids in upper case, the buyer, one of a course", async () => {
      const client = environment.as(user);
      const first = await client.createOrder({ items, idempotencyKey: "otherwise" });
      const said = items.map(({ item }) => ({
        item: { ...item, value: item.value.toUpperCase() },
        quantity: 1,
      }));
      const again = await client.createOrder({ userId: user, items: said, idempotencyKey: "otherwise" });
      expect([again.order?.id, again.idempotentReplay]).to.deep.equal([first.order?.id, true]);
    });

    it("refuses the key for another request and writes nothing", async () => {
      const client = environment.as(user);
      await client.createOrder({ items, idempotencyKey: "reused" });
      const before = await count();
      const error = await failureOf(client.createOrder({ items, notes: "other", idempotencyKey: "reused" }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
      expect(await count()).to.equal(before);
    });

    it("keeps one user's keys apart from another's", async () => {
      const mine = await environment.as(user).createOrder({ items, idempotencyKey: "shared" });
      const theirs = await environment.as(newUser()).createOrder({ items, idempotencyKey: "shared" });
      expect(theirs.order?.id).to.not.equal(mine.order?.id);
      expect(theirs.idempotentReplay).to.equal(false);
    });
  });

  describe("when the price is not what the buyer was shown", () => {
    it("refuses with each difference", async () => {
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

    it("takes the current price when the request accepts it", async () => {
      const lines = [{ ...items[0]!, unitPrice: eur(48) }];
      const { order } = await environment
        .as(user)
        .createOrder({ items: lines, acceptPriceChanges: true, idempotencyKey: "p2" });
      expect(order?.total).to.include(eur(49));
    });
  });

  const count = () => environment.countWritten();
});

/** A course service that has nothing on offer any more. */
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
