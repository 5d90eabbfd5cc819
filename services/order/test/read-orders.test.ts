import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, course, courseLine, newCourse, paymentService } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("Reading orders", () => {
  let environment: OrderEnvironment;
  const ids: string[] = [];

  before(async () => {
    environment = await startOrderEnvironment();
    for (let number = 0; number < 7; number += 1) {
      const value = number === 3 ? course : newCourse();
      const items = [{ item: { case: "courseId" as const, value } }];
      const { order } = await environment.as(ada).createOrder({ items, idempotencyKey: `read-${number}` });
      ids.unshift(order!.id);
    }
  });
  after(() => environment.stop());

  describe("GetOrder", () => {
    it("shows an order to its user, to admins and to services", async () => {
      for (const client of [
        environment.as(ada),
        environment.as(bo, "admin"),
        environment.as(paymentService, "service"),
      ]) {
        const { order } = await client.getOrder({ orderId: ids[0]! });
        expect(order?.id).to.equal(ids[0]);
      }
    });

    it("finds an order by its id in capital letters", async () => {
      const { order } = await environment.as(ada).getOrder({ orderId: ids[0]!.toUpperCase() });
      expect(order?.id).to.equal(ids[0]);
    });

    it("treats somebody else's order as if it did not exist", async () => {
      const foreign = await failureOf(environment.as(bo).getOrder({ orderId: ids[0]! }));
      const missing = await failureOf(environment.as(bo).getOrder({ orderId: course }));
      for (const error of [foreign, missing]) {
        expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
      }
    });
  });

  describe("BatchGetOrders", () => {
    it("answers what the caller may see, in the order asked for, each once", async () => {
      const orderIds = [ids[2]!, course, ids[0]!, ids[2]!];
      const mine = await environment.as(ada).batchGetOrders({ orderIds });
      expect(mine.orders.map(({ id }) => id)).to.deep.equal([ids[2], ids[0]]);
      const theirs = await environment.as(bo).batchGetOrders({ orderIds });
      expect(theirs.orders).to.deep.equal([]);
    });
  });

  describe("ListOrders", () => {
    it("pages through a user's orders, newest first, none missed and none twice while new ones arrive", async () => {
      const client = environment.as(bo);
      const place = async (key: string) => {
        const items = [courseLine(newCourse())];
        return (await client.createOrder({ items, idempotencyKey: key })).order!.id;
      };
      const placed: string[] = [];
      for (let number = 0; number < 7; number += 1) placed.unshift(await place(`page-${number}`));
      const seen: string[] = [];
      let pageToken = "";
      do {
        const page = await client.listOrders({ pageSize: 3, pageToken });
        seen.push(...page.orders.map(({ id }) => id));
        await place(`meanwhile-${seen.length}`);
        pageToken = page.nextPageToken;
      } while (pageToken);
      expect(seen).to.deep.equal(placed);
    });

    it("narrows by course, by status in any of its names, and by time", async () => {
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

    it("lets admins list everybody's orders and users only their own", async () => {
      const admin = environment.as(bo, "admin");
      const { orders } = await admin.listOrders({ statuses: ["CREATED"], pageSize: 200 });
      expect(new Set(orders.map(({ userId }) => userId))).to.deep.equal(new Set([ada, bo]));
      expect((await admin.listOrders({ userId: ada })).orders.map(({ id }) => id)).to.deep.equal(ids);
      const error = await failureOf(environment.as(bo).listOrders({ userId: ada }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    });

    it("refuses a status that is none, a page too large, and another list's page token", async () => {
      const client = environment.as(ada);
      const { nextPageToken } = await client.listOrders({ pageSize: 1 });
      const requests = [
        { statuses: ["PAYED"] },
        { pageSize: 201 },
        { pageToken: nextPageToken, courseId: course },
        { pageToken: "x'; DROP TABLE orders; --" },
      ];
      for (const request of requests) {
        const error = await failureOf(client.listOrders(request));
        expect([error.code, reasonOf(error)], JSON.stringify(request)).to.deep.equal([
          Code.InvalidArgument,
          "INVALID_ARGUMENT",
        ]);
      }
    });
  });

  describe("ListOrderEvents", () => {
    it("hides somebody else's history", async () => {
      const error = await failureOf(environment.as(bo).listOrderEvents({ orderId: ids[0]! }));
      expect(reasonOf(error)).to.equal("ORDER_NOT_FOUND");
      const { events } = await environment.as(bo, "admin").listOrderEvents({ orderId: ids[0]! });
      expect(events.map(({ from, to }) => [from, to])).to.deep.equal([
        [OrderStatus.UNSPECIFIED, OrderStatus.CREATED],
      ]);
    });
  });
});
