import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { course } from "../../../test/support/fixtures.ts";
import {
  attempt,
  historyOf,
  idsInStatus,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { placeRefundRequested } from "./support/refunds.ts";

describe("payment.failed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("leaves the order open for another payment, which pays it", async () => {
    const purchase = await environment.place([course]);
    const next = v7();
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    const { PAYMENT_FAILED, PAID } = OrderStatus;
    expect(await read(purchase)).to.include({ status: PAYMENT_FAILED, failedPayments: 1, paymentId: "" });
    await environment.beginPayment(purchase, next);
    await environment.pay(purchase, { paymentId: next });
    expect(await read(purchase)).to.include({ status: PAID, paymentId: next });
  });

  it("keeps and publishes why the payment failed", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    expect(await statusOf(purchase)).to.equal("PAYMENT_FAILED");
    const [failed] = await environment.eventDataOf(purchase, "order.payment_failed");
    expect(failed).to.include({ failureCode: "insufficient_funds", failureReason: "no money" });
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)).to.include({ type: "PAYMENT_FAILED", reason: "insufficient_funds" });
    expect(await idsInStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await idsInStatus(purchase, "FAILED")).to.deep.equal([purchase.orderId]);
  });

  it("cancels the order at the third decline", async () => {
    const purchase = await environment.place([course]);
    for (let count = 0; count < 3; count += 1) await attempt(environment, purchase);
    expect(await read(purchase)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: CancelReason.PAYMENT_FAILED,
    });
    expect(await rejectionReason(environment.beginPayment(purchase, v7()))).to.equal("ORDER_NOT_PAYABLE");
  });

  it("counts the declines, and publishes order.cancelled with the third", async () => {
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

  it("counts no payment that the provider never received", async () => {
    const purchase = await environment.place();
    await attempt(environment, purchase);
    await attempt(environment, purchase);
    await environment.beginPayment(purchase);
    await environment.decline(purchase, { failureCode: "provider_timeout" });
    expect(await read(purchase)).to.include({ status: OrderStatus.PAYMENT_FAILED, failedPayments: 2 });
  });

  it("cancels the order at once when the decline is final", async () => {
    const purchase = await environment.place([course]);
    await environment.beginPayment(purchase);
    await environment.decline(purchase, { retryable: false });
    expect((await historyOf(purchase)).slice(-2)).to.deep.equal([
      "PAYMENT_FAILED > PAYMENT_FAILED",
      "ORDER_CANCELED > CANCELLED",
    ]);
  });

  it("publishes order.cancelled when the decline is final", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.decline(purchase, { retryable: false });
    expect(await read(purchase)).to.include({ cancelReason: CancelReason.PAYMENT_FAILED });
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "PAYMENT_FAILED", status: "cancelled" });
  });

  it("never moves an order that is paid, nor one whose slot another payment holds", async () => {
    const paid = await environment.place([course]);
    await environment.pay(paid);
    await environment.decline(paid);
    expect(await statusOf(paid)).to.equal("PAID");
    const held = await environment.place([course]);
    await environment.beginPayment(held);
    await environment.decline(held, { paymentId: v7() });
    expect(await statusOf(held)).to.equal("PAYMENT_PENDING");
  });

  it("changes nothing of an order that waits for no payment", async () => {
    for (const purchase of [
      await environment.placePaid(),
      await cancelled(),
      await placeRefundRequested(environment),
    ]) {
      const before = await read(purchase);
      await environment.decline(purchase);
      expect(await read(purchase)).to.deep.equal(before);
    }
  });

  it("counts once when a second event reports the same payment", async () => {
    const purchase = await attempt(environment, await environment.place());
    await environment.decline(purchase);
    expect((await read(purchase)).failedPayments).to.equal(1);
  });

  it("counts once when the event is repeated after RetryPayment", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    const eventId = v7();
    await environment.decline(purchase, { eventId });
    await purchase.buyer.retryPayment(purchase);
    await environment.decline(purchase, { eventId });
    expect(await read(purchase)).to.include({ status: OrderStatus.PAYMENT_PENDING, failedPayments: 1 });
  });

  const cancelled = async (): Promise<Purchase> => {
    const purchase = await environment.place();
    await purchase.buyer.cancelOrder(purchase);
    return purchase;
  };
});

describe("payment.failed where TILL_MAX_PAYMENT_ATTEMPTS is 1", () => {
  let environment: PurchaseEnvironment;
  before(
    async () => (environment = await startPurchaseEnvironment({ env: { TILL_MAX_PAYMENT_ATTEMPTS: "1" } })),
  );
  after(() => environment.stop());

  it("cancels the order at the first decline", async () => {
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
