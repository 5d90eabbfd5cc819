import { expect } from "chai";
import { type PurchaseEnvironment, startPurchaseEnvironment, statusOf } from "../support/purchases.ts";

describe("An order that is paid", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("goes from CREATED over PAYMENT_PENDING to PAID, and publishes each step once", async () => {
    const purchase = await environment.place();
    expect(await statusOf(purchase)).to.equal("CREATED");
    await environment.beginPayment(purchase);
    expect(await statusOf(purchase)).to.equal("PAYMENT_PENDING");
    await environment.pay(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
    const published = await environment.eventsOf(purchase);
    expect(published.map(({ type }) => type)).to.deep.equal([
      "order.created",
      "order.payment_pending",
      "order.status_changed",
      "order.confirmed",
      "order.status_changed",
    ]);
    expect(published.map(({ dataVersion }) => dataVersion)).to.deep.equal([1, 2, 2, 3, 3]);
    expect(new Set(published.map(({ id }) => id))).to.have.lengthOf(5);
    expect(new Set(published.map(({ source }) => source))).to.deep.equal(new Set(["till/order"]));
  });
});
