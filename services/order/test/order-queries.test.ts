import { Code } from "@connectrpc/connect";
import { ItemKind, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  bo,
  clinic,
  courseLine,
  newCourse,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { statuses } from "../src/rules/order.ts";
import { withoutSweeps } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { insertOrderIn } from "./support/insert-order.ts";

describe("Asking for orders", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment({ env: withoutSweeps })));
  after(() => environment.stop());

  type Line = { courseId: string } | { sessionId: string };
  async function place(user: string, ...lines: Line[]) {
    const items = lines.map((line) =>
      "courseId" in line ? courseLine(line.courseId) : sessionLine(line.sessionId, 2),
    );
    return (await environment.as(user).createOrder({ items, idempotencyKey: v7() })).order!;
  }

  describe("ListOrderItems", () => {
    it("answers the lines as they were requested, to whom the order is known", async () => {
      const user = newUser();
      const course = newCourse();
      const order = await place(user, { courseId: course }, { sessionId: clinic });
      for (const client of [
        environment.as(user),
        environment.as(bo, "admin"),
        environment.as(paymentService, "service"),
      ]) {
        const { items } = await client.listOrderItems({ orderId: order.id.toUpperCase() });
        expect(items.map(({ kind, item, quantity }) => [kind, item.value, quantity])).to.deep.equal([
          [ItemKind.DIGITAL_COURSE, course, 1],
          [ItemKind.SESSION, clinic, 2],
        ]);
      }
    });

    it("knows neither somebody else's order nor one that does not exist", async () => {
      const order = await place(newUser(), { courseId: newCourse() });
      for (const orderId of [order.id, v7()]) {
        const error = await failureOf(environment.as(bo).listOrderItems({ orderId }));
        expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
      }
      const error = await failureOf(environment.as(bo).listOrderItems({ orderId: "x' OR 1=1" }));
      expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
    });
  });

  describe("GetUserCourseOrder", () => {
    it("finds the live order, paid or not, and forgets it when it is cancelled", async () => {
      const user = newUser();
      const courseId = newCourse();
      const ask = () => environment.as(user).getUserCourseOrder({ courseId: courseId.toUpperCase() });
      expect(reasonOf(await failureOf(ask()))).to.equal("ORDER_NOT_FOUND");
      const first = await place(user, { courseId });
      expect((await ask()).order?.id).to.equal(first.id);
      await environment.as(user).cancelOrder({ orderId: first.id });
      expect(reasonOf(await failureOf(ask()))).to.equal("ORDER_NOT_FOUND");
      const second = await place(user, { courseId });
      const amount = { currencyCode: "EUR", units: 10n };
      await environment
        .as(paymentService, "service")
        .beginPayment({ orderId: second.id, paymentId: v7(), userId: user, amount });
      const { order } = await ask();
      expect([order?.id, order?.status]).to.deep.equal([second.id, OrderStatus.PAYMENT_PENDING]);
    });

    it("answers admins and services for the user they name, and a user for itself alone", async () => {
      const user = newUser();
      const courseId = newCourse();
      const { id } = await place(user, { courseId });
      const admin = environment.as(bo, "admin");
      expect((await admin.getUserCourseOrder({ userId: user, courseId })).order?.id).to.equal(id);
      expect(await rejectionReason(admin.getUserCourseOrder({ courseId }))).to.equal("INVALID_ARGUMENT");
      expect(await rejectionReason(admin.getUserCourseOrder({ userId: bo, courseId }))).to.equal(
        "ORDER_NOT_FOUND",
      );
      const foreign = environment.as(bo).getUserCourseOrder({ userId: user, courseId });
      expect(await rejectionReason(foreign)).to.equal("PERMISSION_DENIED");
    });
  });

  describe("ListOrders", () => {
    it("narrows by session, alone and together with a course", async () => {
      const user = newUser();
      const courseId = newCourse();
      const both = await place(user, { courseId }, { sessionId: clinic });
      await place(user, { courseId: newCourse() });
      const seats = await place(user, { sessionId: clinic });
      const list = async (filter: object) =>
        (await environment.as(user).listOrders(filter)).orders.map(({ id }) => id);
      expect(await list({ sessionId: clinic })).to.deep.equal([seats.id, both.id]);
      expect(await list({ sessionId: clinic, courseId })).to.deep.equal([both.id]);
      expect(await list({ sessionId: v7() })).to.deep.equal([]);
    });

    it("narrows by whether money was given back, page after page", async () => {
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

    it("understands every source's words for a status, in any case", async () => {
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

    it("refuses what is no status and no time, without harm", async () => {
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
  });
});
