import { Code } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf } from "../../../../test/support/failure-of.ts";
import { eur, newCourse, newUser } from "../../../../test/support/fixtures.ts";
import {
  type PurchaseEnvironment,
  purchaseFrom,
  read,
  startPurchaseEnvironment,
} from "../support/purchases.ts";

describe("Order creation (S4.18)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const line = (value = newCourse()) => ({ item: { case: "courseId" as const, value } });

  it("S4.13 a repeated request answers the existing order, however often and at once it is asked", async () => {
    const client = environment.as(newUser());
    const request = { items: [line()], cartId: "cart-7", idempotencyKey: v7() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.createOrder(request)));
    expect(new Set(answers.map(({ order }) => order!.id))).to.have.lengthOf(1);
    expect(answers.filter(({ idempotentReplay }) => !idempotentReplay)).to.have.lengthOf(1);
    const purchase = purchaseFrom(answers[0]!.order!, client);
    expect(await environment.eventDataOf(purchase, "order.created")).to.have.lengthOf(1);
    expect((await client.listOrders({})).orders).to.have.lengthOf(1);
  });

  it("S4.13 a repeat answers the order as it stands by now, even where the same could not be ordered any more", async () => {
    const client = environment.as(newUser());
    const request = { items: [line()], idempotencyKey: v7() };
    const { order } = await client.createOrder(request);
    const purchase = purchaseFrom(order!, client);
    await environment.beginPayment(purchase);
    await environment.pay(purchase);
    const again = await client.createOrder(request);
    expect(again.idempotentReplay).to.equal(true);
    expect(again.order).to.include({ id: purchase.orderId, status: OrderStatus.PAID });
  });

  it("S4.6 a price that has changed refuses the order with what was expected and what it is now", async () => {
    const client = environment.as(newUser());
    const items = [{ ...line(), unitPrice: eur(9) }];
    const request = { items, expectedTotal: eur(9), idempotencyKey: v7() };
    const { code, reason, metadata } = await rejectionOf(client.createOrder(request));
    expect([code, reason]).to.deep.equal([Code.Aborted, "PRICE_CHANGED"]);
    expect(metadata).to.deep.equal({
      "items[0].expected": "9.00",
      "items[0].current": "10.00",
      "total.expected": "9.00",
      "total.current": "10.00",
    });
    expect((await client.listOrders({})).orders).to.deep.equal([]);
    const accepted = await client.createOrder({ ...request, acceptPriceChanges: true });
    expect(accepted.order?.total).to.include(eur(10));
    expect(accepted.idempotentReplay).to.equal(false);
  });

  it("S4.15/18 the history is whole: versions without a gap, each entry beginning where the last one ended", async () => {
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
