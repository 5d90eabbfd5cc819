import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionReason } from "../../../../test/support/failure-of.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

async function attempt(environment: PurchaseEnvironment, purchase: Purchase): Promise<Purchase> {
  const next = { ...purchase, paymentId: v7() };
  await environment.beginPayment(next);
  await environment.decline(next);
  return next;
}

describe("Payment attempts (C1)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("C1 three declines are allowed; the third cancels the order with reason PAYMENT_FAILED", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    await attempt(environment, purchase);
    expect(await read(purchase)).to.include({ status: OrderStatus.PAYMENT_FAILED, failedPayments: 2 });
    await attempt(environment, purchase);
    expect(await read(purchase)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: CancelReason.PAYMENT_FAILED,
      failedPayments: 3,
    });
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "PAYMENT_FAILED" });
    expect(await rejectionReason(environment.beginPayment(purchase, v7()))).to.equal("ORDER_NOT_PAYABLE");
  });

  it("C1 a new payment opens a failed order without RetryPayment, too", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    expect(await statusOf(environment.beginPayment(purchase))).to.equal("PAYMENT_PENDING");
    await environment.pay(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
  });

  it("C1 RetryPayment again, or while the new payment is under way, changes nothing", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    const { order } = await purchase.buyer.retryPayment(purchase);
    expect((await purchase.buyer.retryPayment(purchase)).order).to.deep.equal(order);
    const begun = await environment.beginPayment(purchase);
    expect((await purchase.buyer.retryPayment(purchase)).order).to.deep.equal(begun.order);
    expect(await read(purchase)).to.include({
      paymentId: purchase.paymentId,
      status: OrderStatus.PAYMENT_PENDING,
    });
  });

  it("C1 the same decline told twice counts once", async () => {
    const purchase = await attempt(environment, await environment.place());
    await environment.decline(purchase);
    expect((await read(purchase)).failedPayments).to.equal(1);
  });

  it("C1 a declined payment that turns out to have been charged pays the order after all", async () => {
    const purchase = await attempt(environment, await environment.place());
    await environment.pay(purchase);
    expect(await read(purchase)).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
  });

  it("C1 a decline that comes again after the order was opened for another payment counts once", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    const eventId = v7();
    await environment.decline(purchase, { eventId });
    await purchase.buyer.retryPayment(purchase);
    await environment.decline(purchase, { eventId });
    expect(await read(purchase)).to.include({ status: OrderStatus.PAYMENT_PENDING, failedPayments: 1 });
  });
});

describe("Payment attempts where TILL_MAX_PAYMENT_ATTEMPTS is 1 (C1)", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_MAX_PAYMENT_ATTEMPTS: "1" } })),
  );
  after(() => environment.stop());

  it("C1 a failure is final, as S0 has it", async () => {
    const purchase = await attempt(environment, await environment.place());
    expect(await read(purchase)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: CancelReason.PAYMENT_FAILED,
    });
    const types = (await environment.eventsOf(purchase)).map(({ type }) => type);
    expect(types.filter((type) => type !== "order.status_changed").slice(-2)).to.deep.equal([
      "order.payment_failed",
      "order.cancelled",
    ]);
    expect(await rejectionReason(purchase.buyer.retryPayment(purchase))).to.equal("ILLEGAL_TRANSITION");
  });
});
