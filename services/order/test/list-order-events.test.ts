import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, courseLine, newCourse } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ListOrderEvents", () => {
  let environment: PurchaseEnvironment;
  const ids: string[] = [];

  before(async () => {
    environment = await startPurchaseEnvironment();
    for (let number = 0; number < 3; number += 1) {
      const items = [courseLine(newCourse())];
      const { order } = await environment.as(ada).createOrder({ items, idempotencyKey: `read-${number}` });
      ids.unshift(order!.id);
    }
  });
  after(() => environment.stop());

  it("returns an order's history to admins, and rejects another user", async () => {
    const error = await failureOf(environment.as(bo).listOrderEvents({ orderId: ids[0]! }));
    expect(reasonOf(error)).to.equal("ORDER_NOT_FOUND");
    const { events } = await environment.as(bo, "admin").listOrderEvents({ orderId: ids[0]! });
    expect(events.map(({ from, to }) => [from, to])).to.deep.equal([
      [OrderStatus.UNSPECIFIED, OrderStatus.CREATED],
    ]);
  });

  it("returns versions without a gap, each entry from the status of the entry before", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    await environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    await purchase.buyer.closeRefund(purchase);
    await purchase.buyer.requestRefund({ ...purchase, reason: "still too hard" });
    await environment.admin.approveRefund({ orderId: purchase.orderId });
    await environment.completeRefund(purchase);
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    const order = await read(purchase);
    expect(events.map(({ version }) => version)).to.deep.equal(events.map((_, index) => BigInt(index + 1)));
    events.forEach(({ from }, index) =>
      expect(from).to.equal(index === 0 ? OrderStatus.UNSPECIFIED : events[index - 1]!.to),
    );
    expect(events.at(-1)).to.include({ version: order.version, to: order.status });
    expect(events.map(({ actor }) => actor.split(":")[0])).to.deep.equal([
      "user",
      "service",
      "event",
      "user",
      "admin",
      "user",
      "user",
      "admin",
      "event",
    ]);
  });
});
