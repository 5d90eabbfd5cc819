import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { read, reasonOf, statusOf, storyWorld, type StoryWorld, type Tale } from "../support/flow-world.ts";

async function attempt(till: StoryWorld, tale: Tale): Promise<Tale> {
  const next = { ...tale, paymentId: v7() };
  await till.begin(next);
  await till.decline(next);
  return next;
}

describe("Payment attempts (C1)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld()));
  after(() => till.stop());

  it("C1 three declines are allowed; the third cancels the order with reason PAYMENT_FAILED", async () => {
    const tale = await till.place();
    await attempt(till, tale);
    await attempt(till, tale);
    expect(await read(tale)).to.include({ status: OrderStatus.PAYMENT_FAILED, failedPayments: 2 });
    await attempt(till, tale);
    expect(await read(tale)).to.include({
      status: OrderStatus.CANCELLED,
      cancelReason: "PAYMENT_FAILED",
      failedPayments: 3,
    });
    const [body] = await till.bodiesOf(tale, "order.cancelled");
    expect(body).to.include({ reason: "PAYMENT_FAILED" });
    expect(await reasonOf(till.begin(tale, v7()))).to.equal("ORDER_NOT_PAYABLE");
  });

  it("C1 a new payment opens a failed order without RetryPayment, too", async () => {
    const tale = await till.place();
    await attempt(till, tale);
    expect(await statusOf(till.begin(tale))).to.equal("PAYMENT_PENDING");
    await till.pay(tale);
    expect(await statusOf(tale)).to.equal("PAID");
  });

  it("C1 RetryPayment again, or while the new payment is under way, changes nothing", async () => {
    const tale = await till.place();
    await attempt(till, tale);
    const { order } = await tale.buyer.retryPayment(tale);
    expect((await tale.buyer.retryPayment(tale)).order).to.deep.equal(order);
    const begun = await till.begin(tale);
    expect((await tale.buyer.retryPayment(tale)).order).to.deep.equal(begun.order);
    expect(await read(tale)).to.include({ paymentId: tale.paymentId, status: OrderStatus.PAYMENT_PENDING });
  });

  it("C1 the same decline told twice counts once", async () => {
    const tale = await attempt(till, await till.place());
    await till.decline(tale);
    expect((await read(tale)).failedPayments).to.equal(1);
  });

  it("C1 a declined payment that turns out to have been charged pays the order after all", async () => {
    const tale = await attempt(till, await till.place());
    await till.pay(tale);
    expect(await read(tale)).to.include({ status: OrderStatus.PAID, paymentId: tale.paymentId });
  });

  it("C1 a decline that comes again after the order was opened for another payment counts once", async () => {
    const tale = await till.place();
    await till.begin(tale);
    const eventId = v7();
    await till.decline(tale, { eventId });
    await tale.buyer.retryPayment(tale);
    await till.decline(tale, { eventId });
    expect(await read(tale)).to.include({ status: OrderStatus.PAYMENT_PENDING, failedPayments: 1 });
  });
});

describe("Payment attempts where TILL_MAX_PAYMENT_ATTEMPTS is 1 (C1)", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld({ env: { TILL_MAX_PAYMENT_ATTEMPTS: "1" } })));
  after(() => till.stop());

  it("C1 a failure is final, as S0 has it", async () => {
    const tale = await attempt(till, await till.place());
    expect(await read(tale)).to.include({ status: OrderStatus.CANCELLED, cancelReason: "PAYMENT_FAILED" });
    const types = (await till.toldOf(tale)).map(({ type }) => type);
    expect(types.filter((type) => type !== "order.status_changed").slice(-2)).to.deep.equal([
      "order.payment_failed",
      "order.cancelled",
    ]);
    expect(await reasonOf(tale.buyer.retryPayment(tale))).to.equal("ILLEGAL_TRANSITION");
  });
});
