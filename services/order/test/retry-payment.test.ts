import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import {
  attempt,
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("RetryPayment", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("opens a failed order for another payment, which pays it", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    expect(await statusOf(purchase.buyer.retryPayment(purchase))).to.equal("PAYMENT_PENDING");
    const second = { ...purchase, paymentId: v7() };
    await environment.beginPayment(second);
    await environment.pay(second);
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_FAILED > PAYMENT_FAILED",
      "PAYMENT_RETRIED > PAYMENT_PENDING",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
    ]);
    expect(await read(purchase)).to.include({ paymentId: second.paymentId, failedPayments: 1 });
  });

  it("changes nothing when repeated, and names the payment once another is under way", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    const { order } = await purchase.buyer.retryPayment(purchase);
    expect((await purchase.buyer.retryPayment(purchase)).order).to.deep.equal(order);
    await environment.beginPayment(purchase);
    const { reason, metadata } = await rejectionOf(purchase.buyer.retryPayment(purchase));
    expect([reason, metadata]).to.deep.equal([
      "PAYMENT_IN_PROGRESS",
      { order_id: purchase.orderId, payment_id: purchase.paymentId, way_out: "VoidPayment" },
    ]);
    expect(await read(purchase)).to.include({
      paymentId: purchase.paymentId,
      status: OrderStatus.PAYMENT_PENDING,
    });
  });
});
