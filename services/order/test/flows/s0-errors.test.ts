import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf } from "../../../../test/support/failure-of.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("The eight error cases of the order stories (S0.26)", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  /** Calls, and holds the refusal against spec C12; nothing may have been written. */
  async function expectIllegal(purchase: Purchase, call: () => Promise<unknown>, from: string, to: string) {
    const before = await read(purchase);
    const { code, reason, metadata } = await rejectionOf(call());
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "ILLEGAL_TRANSITION"]);
    expect(metadata).to.include({ from, to });
    expect(metadata.allowed?.split(","), "what is refused is not allowed").not.to.include(to);
    expect(await read(purchase)).to.deep.equal(before);
  }

  const refundable = async (): Promise<Purchase> => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    return purchase;
  };
  const rejected = async (): Promise<Purchase> => {
    const purchase = await refundable();
    await environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    return purchase;
  };
  const cancelled = async (): Promise<Purchase> => {
    const purchase = await environment.place();
    await purchase.buyer.cancelOrder(purchase);
    return purchase;
  };

  it("S0.26/1 a payment cannot be confirmed for an order that is not pending: the money is late", async () => {
    const paid = await environment.placePaid();
    const over = await cancelled();
    for (const [purchase, status] of [
      [paid, "PAID"],
      [over, "CANCELLED"],
    ] as const) {
      const { reason } = await rejectionOf(environment.beginPayment(purchase, v7()));
      expect(reason).to.equal("ORDER_NOT_PAYABLE");
      await environment.pay(purchase, { paymentId: v7() });
      expect(await statusOf(purchase)).to.equal(status);
      expect((await historyOf(purchase)).at(-1)).to.equal(`LATE_PAYMENT > ${status}`);
    }
  });

  it("S0.26/2 a payment cannot fail for an order that is not pending", async () => {
    for (const purchase of [await environment.placePaid(), await cancelled(), await refundable()]) {
      const before = await read(purchase);
      await environment.decline(purchase);
      expect(await read(purchase)).to.deep.equal(before);
    }
  });

  it("S0.26/3 an order that is completed, or whose money is going back, cannot be cancelled", async () => {
    const asked = await refundable();
    await expectIllegal(asked, () => asked.buyer.cancelOrder(asked), "REFUND_REQUESTED", "CANCELLED");
    const done = await environment.placePaid();
    await environment.platform.updateOrderStatus({ orderId: done.orderId, status: 8 });
    await expectIllegal(done, () => done.buyer.cancelOrder(done), "COMPLETED", "CANCELLED");
  });

  it("S0.26/4 a refund cannot be requested for an order that is not paid", async () => {
    for (const [purchase, status] of [
      [await environment.place(), "CREATED"],
      [await cancelled(), "CANCELLED"],
    ] as const) {
      const ask = () => purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
      await expectIllegal(purchase, ask, status, "REFUND_REQUESTED");
    }
  });

  it("S0.26/5 a refund cannot be approved once its request was rejected", async () => {
    const purchase = await rejected();
    const approve = () => environment.admin.approveRefund({ orderId: purchase.orderId });
    await expectIllegal(purchase, approve, "REFUND_REQUESTED", "REFUND_PENDING");
  });

  it("S0.26/6 a refund cannot be approved that was never requested", async () => {
    const purchase = await environment.placePaid();
    const approve = () => environment.admin.approveRefund({ orderId: purchase.orderId });
    await expectIllegal(purchase, approve, "PAID", "REFUND_PENDING");
  });

  it("S0.26/7 a refund cannot be rejected that was never requested", async () => {
    const purchase = await environment.placePaid();
    const reject = () => environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    await expectIllegal(purchase, reject, "PAID", "REFUND_REQUESTED");
  });

  it("S0.26/8 an order that is not pending cannot be expired", async () => {
    const paid = await environment.placePaid();
    await expectIllegal(paid, () => environment.platform.expireOrder(paid), "PAID", "CANCELLED");
    const refunded = await environment.placePaid();
    await environment.completeRefund(refunded);
    await expectIllegal(refunded, () => environment.platform.expireOrder(refunded), "REFUNDED", "CANCELLED");
  });
});
