import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, clinic, course, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { statuses } from "../src/rules/order.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { insertOrderIn } from "./support/insert-order.ts";
import {
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
  placeEach,
} from "./support/purchases.ts";

describe("ListOrders", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("filters by session, alone and together with a course", async () => {
    const user = newUser();
    const courseId = newCourse();
    const both = await environment.placeItems(user, { courseId }, { sessionId: clinic });
    await environment.placeItems(user, { courseId: newCourse() });
    const seats = await environment.placeItems(user, { sessionId: clinic });
    const list = async (filter: object) =>
      (await environment.as(user).listOrders(filter)).orders.map(({ id }) => id);
    expect(await list({ sessionId: clinic })).to.deep.equal([seats.id, both.id]);
    expect(await list({ sessionId: clinic, courseId })).to.deep.equal([both.id]);
    expect(await list({ sessionId: v7() })).to.deep.equal([]);
  });

  it("filters by refunds, page after page", async () => {
    const user = newUser();
    const refunded: string[] = [];
    for (const status of ["REFUNDED", "PAID", "REFUNDED", "CREATED", "REFUNDED"] as const) {
      const { id } = await insertOrderIn(environment, user, status);
      if (status === "REFUNDED") refunded.unshift(id);
    }
    const client = environment.as(user);
    const found: string[] = [];
    for (let pageToken = "", pages = 0; pages === 0 || pageToken; pages += 1) {
      const page = await client.listOrders({ hasRefund: true, pageSize: 2, pageToken });
      found.push(...page.orders.map(({ id }) => id));
      pageToken = page.nextPageToken;
    }
    expect(found).to.deep.equal(refunded);
    expect((await client.listOrders({ hasRefund: false })).orders).to.have.length(2);
    const { nextPageToken: pageToken } = await client.listOrders({ hasRefund: true, pageSize: 1 });
    const other = await failureOf(client.listOrders({ hasRefund: false, pageToken }));
    expect(reasonOf(other)).to.equal("INVALID_ARGUMENT");
  });

  it("takes every name of a status, in any case", async () => {
    const user = newUser();
    for (const status of statuses) await insertOrderIn(environment, user, status);
    const words: Record<string, readonly string[]> = {
      CREATED: ["CREATED"],
      PENDING: ["CREATED", "PAYMENT_PENDING"],
      pending: ["CREATED", "PAYMENT_PENDING"],
      CONFIRMED: ["PAID"],
      confirmed: ["PAID"],
      SUCCEEDED: ["PAID"],
      FAILED: ["PAYMENT_FAILED"],
      payment_failed: ["PAYMENT_FAILED"],
      CANCELED: ["CANCELLED"],
      cancelled: ["CANCELLED"],
      COMPLETED: ["COMPLETED", "DELIVERED"],
      ORDER_STATUS_COMPLETED: ["COMPLETED"],
      order_status_ready_to_ship: ["READY_TO_SHIP"],
      shipped: ["SHIPPED"],
      delivered: ["DELIVERED"],
      returned: ["RETURNED"],
      refunded: ["REFUNDED"],
    };
    for (const [word, expected] of Object.entries(words)) {
      const { orders } = await environment.as(user).listOrders({ statuses: [word] });
      const found = orders.map(({ status }) => OrderStatus[status]);
      expect(found, word).to.have.members(expected);
    }
    for (const status of statuses) {
      const { orders } = await environment.as(user).listOrders({ statuses: [`ORDER_STATUS_${status}`] });
      expect(orders.map((order) => OrderStatus[order.status])).to.deep.equal([status]);
    }
  });

  it("rejects what is no status and no time", async () => {
    const requests = [
      { statuses: ["__proto__"] },
      { statuses: ["constructor"] },
      { statuses: ["ORDER_STATUS_PENDING"] },
      { statuses: ["ORDER_STATUS_UNSPECIFIED"] },
      { statuses: [""] },
      { statuses: ["PAID'; DROP TABLE orders; --"] },
      { createdAfter: { seconds: 10n ** 17n, nanos: 0 } },
      { createdBefore: { seconds: -(10n ** 12n), nanos: 0 } },
      { createdAfter: { seconds: 0n, nanos: -1 } },
      { createdBefore: { seconds: 0n, nanos: 1_000_000_000 } },
      { sessionId: "not a uuid" },
    ];
    for (const request of requests) {
      const error = await failureOf(environment.as(bo).listOrders(request));
      expect(reasonOf(error), Object.keys(request)[0]).to.equal("INVALID_ARGUMENT");
    }
  });

  const listed = async (request: object, by = environment.admin) =>
    (await by.listOrders(request)).orders.map(({ id }) => id);

  it("filters by status: pending, paid, failed, cancelled, refunded", async () => {
    const user = newUser();
    const pending = await environment.place(undefined, user);
    const paid = await environment.placePaid(undefined, user);
    const failed = await environment.place(undefined, user);
    await environment.decline(failed);
    const cancelled = await environment.place(undefined, user);
    await cancelled.buyer.cancelOrder(cancelled);
    const refunded = await environment.placePaid(undefined, user);
    await environment.completeRefund(refunded);
    const expected = { pending, paid, failed, cancelled, refunded };
    for (const [status, { orderId }] of Object.entries(expected))
      expect(await listed({ userId: user, statuses: [status] }), status).to.deep.equal([orderId]);
  });

  it("finds a paid order as CONFIRMED", async () => {
    const purchase = await environment.placePaid();
    expect(await statusOf(purchase)).to.equal("PAID");
    const { orders } = await purchase.buyer.listOrders({ statuses: ["CONFIRMED"] });
    expect(orders.map(({ id }) => id)).to.deep.equal([purchase.orderId]);
  });
});

describe("ListOrders of a user's orders", () => {
  let environment: PurchaseEnvironment;

  before(async () => {
    environment = await startPurchaseEnvironment();
    const three = () => Array.from({ length: 3 }, newCourse);
    await placeEach(environment.as(ada), [...three(), course, ...three()]);
  });
  after(() => environment.stop());

  it("filters by course, by status in any of its names and by time", async () => {
    const client = environment.as(ada);
    const count = async (request: Parameters<typeof client.listOrders>[0]) =>
      (await client.listOrders(request)).orders.length;
    expect(await count({ courseId: course })).to.equal(1);
    for (const status of ["pending", "PENDING", "CREATED", "ORDER_STATUS_CREATED"]) {
      expect(await count({ statuses: [status] }), status).to.equal(7);
    }
    expect(await count({ statuses: ["confirmed", "FAILED", "canceled", "REFUNDED"] })).to.equal(0);
    expect(await count({ createdAfter: timestampFromDate(new Date(Date.now() + 60_000)) })).to.equal(0);
    expect(await count({ createdBefore: timestampFromDate(new Date(Date.now() + 60_000)) })).to.equal(7);
  });
});
