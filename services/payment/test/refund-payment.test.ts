import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { operationsOn, said, short, statusOf } from "./support/payment-operations.ts";
import { paymentWorld, type PaymentWorld } from "./support/payment-service.ts";

describe("RefundPayment", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: { TILL_RESOLVE_AFTER_SECONDS: "0.3", TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.5" },
    });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));
  const on = () => operationsOn(world);
  const refundsOf = (orderId: string) =>
    world.events(orderId).filter(({ type }) => type.startsWith("payment.refund"));

  it("gives all of it back where no amount is named, and tells so", async () => {
    const { id, orderId } = await on().taken();
    const { payment, refund, idempotentReplay } = await on().refund(id, { reason: "broken" });
    expect(short(payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(refund).to.include({ paymentId: id, orderId, reason: "broken", failureCode: "" });
    expect([statusOf(refund), idempotentReplay]).to.deep.equal(["SUCCEEDED", false]);
    expect(refund!.transactionId).to.match(/^op_/);
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    const [event] = await eventually(() => {
      expect(refundsOf(orderId)).to.have.length(1);
      return refundsOf(orderId);
    });
    const { refundedAt, ...data } = event!.data as Record<string, unknown>;
    expect(refundedAt).to.match(/Z$/);
    expect(data).to.deep.equal({
      ...{ paymentId: id, orderId, userId: world.payerOf(orderId), amount: 49, currency: "EUR" },
      ...{ refundId: refund!.id, refundedTotal: 49, status: "refunded" },
    });
  });

  it("gives parts back up to what was captured", async () => {
    const { id, orderId } = await on().taken();
    expect(short((await on().refund(id, { amount: 10 })).payment)[0]).to.equal("PARTIALLY_REFUNDED");
    await on().refund(id, { amount: 19 });
    const tooMuch = await failureOf(on().refund(id, { amount: 20.01 }));
    expect([tooMuch.code, reasonOf(tooMuch)]).to.deep.equal([
      Code.FailedPrecondition,
      "REFUND_EXCEEDS_CAPTURED",
    ]);
    expect(short((await on().refund(id, { amount: 20 })).payment)).to.deep.equal([
      "REFUNDED",
      4900,
      4900,
      4900,
    ]);
    expect(reasonOf(await failureOf(on().refund(id)))).to.equal("REFUND_EXCEEDS_CAPTURED");
    expect(said(await world.ledger(orderId)).slice(1)).to.deep.equal([
      "refund 1000",
      "refund 1900",
      "refund 2000",
    ]);
    const { refunds } = await on().get(id);
    expect(refunds.map(({ amount }) => Number(amount!.units))).to.deep.equal([10, 19, 20]);
  });

  it("gives money back once for a repeated request, even for many at once", async () => {
    const { id, orderId } = await on().taken();
    const key = newId();
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, () => on().refund(id, { amount: 10, key })),
    );
    const reasons = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(reasons.filter((reason) => reason !== "REQUEST_IN_PROGRESS")).to.deep.equal([]);
    const again = await on().refund(id, { amount: 10, key });
    expect(again.idempotentReplay).to.equal(true);
    expect(short(again.payment)).to.deep.equal(["PARTIALLY_REFUNDED", 4900, 4900, 1000]);
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 1000"]);
  });

  it("gives nothing back of a payment that is only held, or that failed", async () => {
    const held = await on().held();
    const orderId = await world.place();
    await failureOf(world.pay(orderId, "tok_decline"));
    const [failed] = await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]);
    for (const id of [held.id, String(failed!.id)]) {
      expect(reasonOf(await failureOf(on().refund(id)))).to.equal("ILLEGAL_TRANSITION");
    }
  });

  it("says that the provider declined, keeps the refund FAILED and the money free for another", async () => {
    const { id, orderId } = await on().taken("tok_refund_failed");
    const key = newId();
    for (let round = 0; round < 2; round++) {
      const error = await failureOf(on().refund(id, { amount: 49, key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.FailedPrecondition, "REFUND_DECLINED"]);
    }
    const { payment, refunds } = await on().get(id);
    expect(short(payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    expect(refunds.map(statusOf)).to.deep.equal(["FAILED"]);
    expect(refunds[0]!.failureCode).to.match(/\w+/);
    await eventually(() =>
      expect(refundsOf(orderId).map(({ type }) => type)).to.deep.equal(["payment.refund_failed"]),
    );
    expect(refundsOf(orderId)[0]!.data).to.include({
      ...{ refundId: refunds[0]!.id, amount: 49, failureCode: refunds[0]!.failureCode },
    });
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900"]);
  });

  it("is PENDING where the provider takes its time, and comes to its end by itself, either way", async () => {
    for (const [token, end, status] of [
      ["tok_refund_pending", "SUCCEEDED", "REFUNDED"],
      ["tok_refund_pending_then_failed", "FAILED", "PROCESSED"],
    ] as const) {
      const { id } = await on().taken(token);
      const key = newId();
      // Whatever comes of it, nobody hears of it yet.
      world.psp.misbehave((request, response) => request.method === "GET" && !!response.destroy());
      const { payment, refund } = await on().refund(id, { key });
      expect([short(payment)[0], statusOf(refund)]).to.deep.equal(["PROCESSED", "PENDING"]);
      const tooMuch = await failureOf(on().refund(id, { amount: 1 }));
      expect(reasonOf(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
      world.psp.misbehave(undefined);
      const settled = await eventually(async () => {
        const now = await on().get(id);
        expect(now.refunds.map(statusOf)).to.deep.equal([end]);
        return now;
      });
      expect(short(settled.payment)[0]).to.equal(status);
    }
  });

  it("races itself: of 60 and 60 out of 100 one is made, every time", async () => {
    for (let round = 0; round < 30; round++) {
      const { id, orderId } = await on().taken();
      const calls = await Promise.allSettled([1, 2].map(() => on().refund(id, { amount: 29.4 })));
      const reasons = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
      expect(reasons).to.deep.equal(["REFUND_EXCEEDS_CAPTURED"]);
      expect(short((await on().get(id)).payment)).to.deep.equal(["PARTIALLY_REFUNDED", 4900, 4900, 2940]);
      expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2940"]);
    }
  });
});
