import { Code } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf, rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, course, newCourse, paymentService } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, placeEach } from "./support/purchases.ts";

describe("GetOrder", () => {
  let environment: PurchaseEnvironment;
  let ids: string[];

  before(async () => {
    environment = await startPurchaseEnvironment();
    ids = await placeEach(environment.as(ada), [newCourse(), newCourse(), newCourse()]);
  });
  after(() => environment.stop());

  it("returns an order to its user, to admins and to services", async () => {
    for (const client of [
      environment.as(ada),
      environment.as(bo, "admin"),
      environment.as(paymentService, "service"),
    ]) {
      const { order } = await client.getOrder({ orderId: ids[0]! });
      expect(order?.id).to.equal(ids[0]);
    }
  });

  it("takes the order id in upper case", async () => {
    const { order } = await environment.as(ada).getOrder({ orderId: ids[0]!.toUpperCase() });
    expect(order?.id).to.equal(ids[0]);
  });

  it("returns an order in a currency that is retired since, and lists it", async () => {
    const { orderId, userId, buyer } = await environment.place();
    await environment.query(`UPDATE orders SET currency = 'HRK' WHERE id = '${orderId}'`);
    const { order } = await buyer.getOrder({ orderId });
    expect(order!.total!.currencyCode).to.equal("HRK");
    const { orders } = await buyer.listOrders({ userId });
    expect(orders.map(({ total }) => total!.currencyCode)).to.deep.equal(["HRK"]);
  });

  it("rejects another user's order like one that does not exist", async () => {
    const foreign = await failureOf(environment.as(bo).getOrder({ orderId: ids[0]! }));
    const missing = await failureOf(environment.as(bo).getOrder({ orderId: course }));
    for (const error of [foreign, missing]) {
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    }
  });

  it("is for the order's user and for admins, as ListOrders is", async () => {
    const purchase = await environment.placePaid();
    const otherUser = (await environment.place()).buyer;
    const { code, reason } = await rejectionOf(otherUser.getOrder(purchase));
    expect([code, reason]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    expect(await rejectionReason(otherUser.listOrders({ userId: purchase.userId }))).to.equal(
      "PERMISSION_DENIED",
    );
    expect((await environment.admin.getOrder(purchase)).order?.id).to.equal(purchase.orderId);
  });
});
