import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { allow, implement, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import {
  courseLine,
  newCourse,
  newUser,
  notebook,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { placeOrder, stockOf } from "./support/stock-and-seats.ts";

describe("CreateOrder for a session", () => {
  let environment: OrderEnvironment;
  let courses: Awaited<ReturnType<typeof sessionsOnly>>;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    courses = await sessionsOnly();
    const env = { TILL_COURSES_ADDRESS: `127.0.0.1:${courses.port}` };
    environment = await startOrderEnvironment({ env });
  });
  after(async () => {
    await environment?.stop();
    await courses?.drain();
  });

  it("is rejected when it is closed or has begun", async () => {
    for (const id of [closed, begun]) {
      const written = await environment.countWritten();
      expect(await rejectionOf(placeOrder(environment.as(newUser()), [sessionLine(id)]))).to.deep.equal({
        code: Code.FailedPrecondition,
        reason: "SESSION_UNAVAILABLE",
        metadata: { id },
      });
      expect(await environment.countWritten()).to.equal(written);
    }
  });

  it("is placed when it is still to come", async () => {
    const { order } = await placeOrder(environment.as(newUser()), [sessionLine(toCome)]);
    expect(order?.items[0]?.name).to.equal("Session");
  });
});

describe("CreateOrder while the catalog and the inventory are unavailable", () => {
  let environment: OrderEnvironment;
  before(function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
  });
  afterEach(() => environment?.stop());

  const nowhere = "127.0.0.1:1";
  const unavailable = (upstream: string) => ({
    code: Code.Unavailable,
    reason: "UPSTREAM_UNAVAILABLE",
    metadata: { upstream },
  });

  it("rejects products without their price, and places courses and seats", async () => {
    environment = await startOrderEnvironment({
      env: { TILL_CATALOG_ADDRESS: nowhere, TILL_INVENTORY_ADDRESS: nowhere },
    });
    const client = environment.as(newUser());
    const goods = placeOrder(client, [courseLine(newCourse()), productLine(notebook)]);
    expect(await rejectionOf(goods)).to.deep.equal(unavailable("catalog"));
    await placeOrder(client, [courseLine(newCourse()), sessionLine(`018f0000-0000-7000-b000-00000000000a`)]);
  });

  it("rejects products it cannot reserve, and releases the reservation later", async () => {
    environment = await startOrderEnvironment({ env: { TILL_INVENTORY_ADDRESS: nowhere } });
    const goods = placeOrder(environment.as(newUser()), [productLine(notebook)]);
    expect(await rejectionOf(goods)).to.deep.equal(unavailable("inventory"));
    expect(await environment.query("SELECT 1 FROM orders")).to.deep.equal([]);
    expect(await stockOf(environment, notebook)).to.include({ reserved: 0 });
    const intents = await environment.query("SELECT DISTINCT state FROM stock_intent");
    expect(intents).to.deep.equal([{ state: "RELEASING" }]);
  });
});

const closed = "018f0000-0000-7000-8000-0000000000e7";
const begun = "018f0000-0000-7000-8000-0000000000e8";
const toCome = "018f0000-0000-7000-8000-0000000000e9";

/** A course service that has three sessions and no course. */
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
