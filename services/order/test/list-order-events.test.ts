import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7, validate, version } from "uuid";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, bo, newCourse, newProduct, newUser, productLine } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment, placeEach } from "./support/purchases.ts";
import { moveTo, placePhysical } from "./support/fulfilment.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("ListOrderEvents", () => {
  let environment: PurchaseEnvironment;
  let ids: string[];

  before(async () => {
    environment = await startPurchaseEnvironment();
    ids = await placeEach(environment.as(ada), [newCourse(), newCourse(), newCourse()]);
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

  it("gives each entry an id of its own, which stays", async () => {
    const purchase = await environment.placePaid();
    const list = async () => (await purchase.buyer.listOrderEvents(purchase)).events.map(({ id }) => id);
    const ids = await list();
    expect(ids.every((id) => validate(id) && version(id) === 7)).to.equal(true);
    expect(new Set(ids).size).to.equal(3);
    expect(await list()).to.deep.equal(ids);
  });

  it("returns the details that each type has, and the amount in decimals", async () => {
    const purchase = await environment.place();
    const { orderId, paymentId, buyer } = purchase;
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    await buyer.retryPayment(purchase);
    const second = { ...purchase, paymentId: v7() };
    await environment.beginPayment(second);
    await environment.pay(second, { paymentMethod: "card", transactionId: "ch_1" });
    const { order } = await buyer.requestRefund({ orderId, reason: "too hard" });
    const refundId = order!.refund!.id;
    const amount = { amount: "10.00", currency: "EUR" };
    const { events } = await buyer.listOrderEvents(purchase);
    expect(events.map(({ type, payload }) => [type, payload])).to.deep.equal([
      ["ORDER_CREATED", { total: "10.00", currency: "EUR", item_count: 1 }],
      ["PAYMENT_REQUESTED", { payment_id: paymentId, ...amount }],
      ["PAYMENT_FAILED", { payment_id: paymentId, code: "insufficient_funds", message: "no money" }],
      ["PAYMENT_RETRIED", undefined],
      ["PAYMENT_REQUESTED", { payment_id: second.paymentId, ...amount }],
      [
        "PAYMENT_SUCCEEDED",
        { payment_id: second.paymentId, method: "card", transaction_id: "ch_1", ...amount },
      ],
      ["REFUND_REQUESTED", { refund_id: refundId }],
    ]);
  });

  it("returns the products of a reservation, the carrier and the tracking number", async () => {
    const client = environment.as(newUser());
    const product = newProduct();
    const { order } = await placeOrder(client, [productLine(product, 2), productLine(product)]);
    const { events } = await client.listOrderEvents({ orderId: order!.id });
    expect(events[1]?.payload).to.deep.equal({ products: [{ product_id: product, quantity: 3 }] });
    const purchase = await placePhysical(environment, "READY_TO_SHIP");
    await moveTo(environment, purchase, "SHIPPED", { carrier: "DHL", trackingNumber: "JD014" });
    const { events: later } = await purchase.buyer.listOrderEvents(purchase);
    const shipped = later.find(({ type }) => type === "ORDER_SHIPPED");
    expect(shipped?.payload).to.deep.equal({ carrier: "DHL", tracking_number: "JD014" });
  });

  it("returns a history in pages", async () => {
    const { orderId, buyer } = await environment.placePaid();
    const all = await buyer.listOrderEvents({ orderId });
    expect(all.nextPageToken).to.equal("");
    const types: string[] = [];
    let pageToken = "";
    do {
      const page = await buyer.listOrderEvents({ orderId, pageSize: 2, pageToken });
      types.push(...page.events.map(({ type }) => type));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(types).to.deep.equal(all.events.map(({ type }) => type));
    const { nextPageToken } = await buyer.listOrderEvents({ orderId, pageSize: 1 });
    const ofOther = { orderId: ids[0]!, pageToken: nextPageToken };
    expect(reasonOf(await failureOf(environment.admin.listOrderEvents(ofOther)))).to.equal(
      "INVALID_ARGUMENT",
    );
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
