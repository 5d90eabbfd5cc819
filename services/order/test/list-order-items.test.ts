import { Code } from "@connectrpc/connect";
import { ItemKind } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  bo,
  clinic,
  course,
  courseLine,
  eur,
  newCourse,
  newUser,
  otherCourse,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { withoutSweeps } from "./support/fixtures.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ListOrderItems", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutSweeps })));
  after(() => environment.stop());

  type Line = { courseId: string } | { sessionId: string };

  async function place(user: string, ...lines: Line[]) {
    const items = lines.map((line) =>
      "courseId" in line ? courseLine(line.courseId) : sessionLine(line.sessionId, 2),
    );
    return (await environment.as(user).createOrder({ items, idempotencyKey: v7() })).order!;
  }

  it("returns the lines in the requested order, to everybody who may read the order", async () => {
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

  it("returns each line's price and subtotal, which make up the total", async () => {
    const purchase = await environment.place([course, otherCourse]);
    const { items } = await purchase.buyer.listOrderItems(purchase);
    expect(
      items.map(({ quantity, unitPrice, subtotal }) => [quantity, unitPrice?.units, subtotal?.nanos]),
    ).to.deep.equal([
      [1, 49n, 0],
      [1, 19n, 900_000_000],
    ]);
    expect((await read(purchase)).total).to.include(eur(68.9));
  });

  it("rejects another user's order and one that does not exist", async () => {
    const order = await place(newUser(), { courseId: newCourse() });
    for (const orderId of [order.id, v7()]) {
      const error = await failureOf(environment.as(bo).listOrderItems({ orderId }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    }
    const error = await failureOf(environment.as(bo).listOrderItems({ orderId: "x' OR 1=1" }));
    expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
  });
});
