import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { v7 } from "uuid";
import {
  historyOf,
  read,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

describe("The eight error cases of the order stories (S0.26)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  /** Calls, and holds the refusal against spec C12; nothing may have been written. */
  async function expectIllegal(tale: Tale, call: () => Promise<unknown>, from: string, to: string) {
    const before = await read(tale);
    const { code, reason, metadata } = await refusalOf(call());
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "ILLEGAL_TRANSITION"]);
    expect(metadata).to.include({ from, to });
    expect(metadata.allowed?.split(","), "what is refused is not allowed").not.to.include(to);
    expect(await read(tale)).to.deep.equal(before);
  }

  const refundable = async (): Promise<Tale> => {
    const tale = await till.placePaid();
    await tale.buyer.requestRefund({ ...tale, reason: "too hard" });
    return tale;
  };
  const rejected = async (): Promise<Tale> => {
    const tale = await refundable();
    await till.admin.rejectRefund({ orderId: tale.orderId, reason: "no" });
    return tale;
  };
  const cancelled = async (): Promise<Tale> => {
    const tale = await till.place();
    await tale.buyer.cancelOrder(tale);
    return tale;
  };

  it("S0.26/1 a payment cannot be confirmed for an order that is not pending: the money is late", async () => {
    const paid = await till.placePaid();
    const over = await cancelled();
    for (const [tale, status] of [
      [paid, "PAID"],
      [over, "CANCELLED"],
    ] as const) {
      const { reason } = await refusalOf(till.begin(tale, v7()));
      expect(reason).to.equal("ORDER_NOT_PAYABLE");
      await till.pay(tale, { paymentId: v7() });
      expect(await statusOf(tale)).to.equal(status);
      expect((await historyOf(tale)).at(-1)).to.equal(`LATE_PAYMENT > ${status}`);
    }
  });

  it("S0.26/2 a payment cannot fail for an order that is not pending", async () => {
    for (const tale of [await till.placePaid(), await cancelled(), await refundable()]) {
      const before = await read(tale);
      await till.decline(tale);
      expect(await read(tale)).to.deep.equal(before);
    }
  });

  it("S0.26/3 an order that is completed, or whose money is going back, cannot be cancelled", async () => {
    const asked = await refundable();
    await expectIllegal(asked, () => asked.buyer.cancelOrder(asked), "REFUND_REQUESTED", "CANCELLED");
    const done = await till.placePaid();
    await till.platform.updateOrderStatus({ orderId: done.orderId, status: 8 });
    await expectIllegal(done, () => done.buyer.cancelOrder(done), "COMPLETED", "CANCELLED");
  });

  it("S0.26/4 a refund cannot be requested for an order that is not paid", async () => {
    for (const [tale, status] of [
      [await till.place(), "CREATED"],
      [await cancelled(), "CANCELLED"],
    ] as const) {
      const ask = () => tale.buyer.requestRefund({ ...tale, reason: "too hard" });
      await expectIllegal(tale, ask, status, "REFUND_REQUESTED");
    }
  });

  it("S0.26/5 a refund cannot be approved once its request was rejected", async () => {
    const tale = await rejected();
    const approve = () => till.admin.approveRefund({ orderId: tale.orderId });
    await expectIllegal(tale, approve, "REFUND_REQUESTED", "REFUND_PENDING");
  });

  it("S0.26/6 a refund cannot be approved that was never requested", async () => {
    const tale = await till.placePaid();
    const approve = () => till.admin.approveRefund({ orderId: tale.orderId });
    await expectIllegal(tale, approve, "PAID", "REFUND_PENDING");
  });

  it("S0.26/7 a refund cannot be rejected that was never requested", async () => {
    const tale = await till.placePaid();
    const reject = () => till.admin.rejectRefund({ orderId: tale.orderId, reason: "no" });
    await expectIllegal(tale, reject, "PAID", "REFUND_REQUESTED");
  });

  it("S0.26/8 an order that is not pending cannot be expired", async () => {
    const paid = await till.placePaid();
    await expectIllegal(paid, () => till.platform.expireOrder(paid), "PAID", "CANCELLED");
    const refunded = await till.placePaid();
    await till.refunded(refunded);
    await expectIllegal(refunded, () => till.platform.expireOrder(refunded), "REFUNDED", "CANCELLED");
  });
});
