import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { anyCourse, buyer, orderWorld, type OrderWorld } from "./support/order-world.ts";
import { courseLine, place, productLine, notebook, sessionLine, stockOf } from "./support/shopping.ts";

const refusalOf = async (call: Promise<unknown>) => {
  const error = await failureOf(call);
  return { code: error.code, ...factsOf(error) };
};

describe("CreateOrder for a session that cannot be booked", () => {
  let world: OrderWorld;
  let courses: Awaited<ReturnType<typeof sessionsOnly>>;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    courses = await sessionsOnly();
    const env = { TILL_COURSES_ADDRESS: `127.0.0.1:${courses.port}` };
    world = await orderWorld({ env });
  });
  after(async () => {
    await world?.stop();
    await courses?.drain();
  });

  it("refuses one that is closed, and one that has begun", async () => {
    for (const id of [closed, begun]) {
      const written = await world.countWritten();
      expect(await refusalOf(place(world.as(buyer()), [sessionLine(id)]))).to.deep.equal({
        code: Code.FailedPrecondition,
        reason: "SESSION_UNAVAILABLE",
        metadata: { id },
      });
      expect(await world.countWritten()).to.equal(written);
    }
  });

  it("takes one that is still to come", async () => {
    const { order } = await place(world.as(buyer()), [sessionLine(toCome)]);
    expect(order?.items[0]?.name).to.equal("Session");
  });
});

describe("CreateOrder while the catalogue and the inventory are away", () => {
  let world: OrderWorld;
  before(function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
  });
  afterEach(() => world?.stop());

  const nowhere = "127.0.0.1:1";
  const away = (upstream: string) => ({
    code: Code.Unavailable,
    reason: "UPSTREAM_UNAVAILABLE",
    metadata: { upstream },
  });

  it("refuses goods without their price, and goes on selling courses and seats", async () => {
    world = await orderWorld({
      env: { TILL_CATALOG_ADDRESS: nowhere, TILL_INVENTORY_ADDRESS: nowhere },
    });
    const client = world.as(buyer());
    const goods = place(client, [courseLine(anyCourse()), productLine(notebook)]);
    expect(await refusalOf(goods)).to.deep.equal(away("catalog"));
    await place(client, [courseLine(anyCourse()), sessionLine(`018f0000-0000-7000-b000-00000000000a`)]);
  });

  it("refuses goods that it cannot have set aside, and has them released later to be sure", async () => {
    world = await orderWorld({ env: { TILL_INVENTORY_ADDRESS: nowhere } });
    const goods = place(world.as(buyer()), [productLine(notebook)]);
    expect(await refusalOf(goods)).to.deep.equal(away("inventory"));
    expect(await world.rows("SELECT 1 FROM orders")).to.deep.equal([]);
    expect(await stockOf(world, notebook)).to.include({ reserved: 0 });
    const intents = await world.rows("SELECT DISTINCT state FROM stock_intent");
    expect(intents).to.deep.equal([{ state: "RELEASING" }]);
  });
});

const closed = "018f0000-0000-7000-8000-0000000000e7";
const begun = "018f0000-0000-7000-8000-0000000000e8";
const toCome = "018f0000-0000-7000-8000-0000000000e9";

/** A course service of three sessions. */
function sessionsOnly() {
  const price = { currencyCode: "EUR", units: 20n, nanos: 0 };
  const session = { title: "Session", price, capacity: 5, bookable: true };
  const hourMs = 60 * 60_000;
  const sessions = [
    { ...session, id: closed, bookable: false },
    { ...session, id: begun, startsAt: timestampFromMs(Date.now() - hourMs) },
    { ...session, id: toCome, startsAt: timestampFromMs(Date.now() + hourMs) },
  ];
  const none = () => Promise.resolve({});
  return serve({
    services: [
      implement(CourseService, {
        getCourse: allow(["service"], none),
        batchGetCourses: allow(["service"], none),
        getSession: allow(["service"], none),
        batchGetSessions: allow(["service"], ({ sessionIds }) =>
          Promise.resolve({ sessions: sessions.filter(({ id }) => sessionIds.includes(id)) }),
        ),
      }),
    ],
    host: "127.0.0.1",
    port: 0,
    verify: () => ({ id: "order", role: "service" }),
    log: createLog({ service: "courses", level: "silent" }),
    metrics: createMetrics({ service: "courses" }),
  });
}
