import { Code } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, course, courseLine, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, placeEach } from "./support/purchases.ts";

describe("ListOrders", () => {
  let environment: PurchaseEnvironment;
  let ids: string[];

  before(async () => {
    environment = await startPurchaseEnvironment();
    const three = () => Array.from({ length: 3 }, newCourse);
    ids = await placeEach(environment.as(ada), [...three(), course, ...three()]);
  });
  after(() => environment.stop());

  const listed = async (request: object, by = environment.admin) =>
    (await by.listOrders(request)).orders.map(({ id }) => id);

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

  it("returns every user's orders to admins and a user's own to the user", async () => {
    const admin = environment.as(bo, "admin");
    const { orders } = await admin.listOrders({ statuses: ["CREATED"], pageSize: 200 });
    expect(new Set(orders.map(({ userId }) => userId))).to.deep.equal(new Set([ada, bo]));
    expect((await admin.listOrders({ userId: ada })).orders.map(({ id }) => id)).to.deep.equal(ids);
    const error = await failureOf(environment.as(bo).listOrders({ userId: ada }));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
  });

  it("finds all orders of a user", async () => {
    const user = newUser();
    const purchases = [
      await environment.place(undefined, user),
      await environment.placePaid(undefined, user),
    ];
    await environment.place();
    const newestFirst = purchases.map(({ orderId }) => orderId).reverse();
    expect(await listed({ userId: user })).to.deep.equal(newestFirst);
    expect(await listed({}, purchases[0]!.buyer)).to.deep.equal(newestFirst);
  });

  it("finds all orders with a course, whatever else is in them", async () => {
    const course = newCourse();
    const purchases = [await environment.place([course]), await environment.placePaid([newCourse(), course])];
    await environment.place();
    expect(await listed({ courseId: course })).to.have.members(purchases.map(({ orderId }) => orderId));
  });

  it("finds nothing by an id that is of another kind of item", async () => {
    const course = newCourse();
    await environment.place([course]);
    expect(await listed({ sessionId: course })).to.deep.equal([]);
    expect(await listed({ productId: course })).to.deep.equal([]);
  });

  it("ends a page before it has 3 MB, and lists every order once", async () => {
    const user = newUser();
    const purchases = [];
    for (let number = 0; number < 5; number += 1) purchases.push(await environment.place(undefined, user));
    const orderIds = purchases.map(({ orderId }) => orderId);
    const notes = "€".repeat(300_000);
    const sql = `UPDATE orders SET details = jsonb_build_object('notes', $2::text) WHERE id = ANY($1::uuid[])`;
    await environment.query(sql, [orderIds, notes]);
    type Page = (pageToken: string) => Promise<{ orders: { id: string }[]; nextPageToken: string }>;
    const all = async (next: Page) => {
      const sizes: number[] = [];
      const ids: string[] = [];
      let pageToken = "";
      do {
        const page = await next(pageToken);
        sizes.push(page.orders.length);
        ids.push(...page.orders.map(({ id }) => id));
        pageToken = page.nextPageToken;
      } while (pageToken);
      return { sizes, ids };
    };
    const client = environment.as(user);
    const inList = await all((pageToken) => client.listOrders({ pageToken }));
    expect(inList).to.deep.equal({ sizes: [3, 2], ids: orderIds.toReversed() });
    const inBatch = await all((pageToken) => client.batchGetOrders({ orderIds, pageToken }));
    expect(inBatch).to.deep.equal({ sizes: [3, 2], ids: orderIds });
  });

  it("rejects an unknown status, a page too large and another list's page token", async () => {
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
