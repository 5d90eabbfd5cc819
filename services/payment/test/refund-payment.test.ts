import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { fastRecovery } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("RefundPayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...fastRecovery },
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const refundsOf = (orderId: string) =>
    environment.events(orderId).filter(({ type }) => type.startsWith("payment.refund"));

  it("refunds the whole payment when no amount is named, and publishes it", async () => {
    const { id, orderId } = await operations().charge();
    const { payment, refund, idempotentReplay } = await operations().refund(id, { reason: "broken" });
    expect(summaryOf(payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(refund).to.include({ paymentId: id, orderId, reason: "broken", failureCode: "" });
    expect([statusOf(refund), idempotentReplay]).to.deep.equal(["SUCCEEDED", false]);
    expect(refund!.transactionId).to.match(/^op_/);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    const [event] = await eventually(() => {
      expect(refundsOf(orderId)).to.have.length(1);
      return refundsOf(orderId);
    });
    const { refundedAt, ...data } = event!.data as Record<string, unknown>;
    expect(refundedAt).to.match(/Z$/);
    expect(data).to.deep.equal({
      ...{ paymentId: id, orderId, userId: environment.payerOf(orderId), amount: 49, currency: "EUR" },
      ...{ refundId: refund!.id, refundedTotal: 49, status: "refunded" },
    });
  });

  it("refunds parts up to the captured amount", async () => {
    const { id, orderId } = await operations().charge();
    expect(summaryOf((await operations().refund(id, { amount: 10 })).payment)[0]).to.equal(
      "PARTIALLY_REFUNDED",
    );
    await operations().refund(id, { amount: 19 });
    const tooMuch = await failureOf(operations().refund(id, { amount: 20.01 }));
    expect([tooMuch.code, reasonOf(tooMuch)]).to.deep.equal([
      Code.FailedPrecondition,
      "REFUND_EXCEEDS_CAPTURED",
    ]);
    expect(summaryOf((await operations().refund(id, { amount: 20 })).payment)).to.deep.equal([
      "REFUNDED",
      4900,
      4900,
      4900,
    ]);
    expect(reasonOf(await failureOf(operations().refund(id)))).to.equal("REFUND_EXCEEDS_CAPTURED");
    expect(ledgerLines(await environment.ledger(orderId)).slice(1)).to.deep.equal([
      "refund 1000",
      "refund 1900",
      "refund 2000",
    ]);
    const { refunds } = await operations().get(id);
    expect(refunds.map(({ amount }) => Number(amount!.units))).to.deep.equal([10, 19, 20]);
  });

  it("refunds once for a repeated request, even concurrently", async () => {
    const { id, orderId } = await operations().charge();
    const key = newId();
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, () => operations().refund(id, { amount: 10, key })),
    );
    const reasons = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(reasons.filter((reason) => reason !== "REQUEST_IN_PROGRESS")).to.deep.equal([]);
    const again = await operations().refund(id, { amount: 10, key });
    expect(again.idempotentReplay).to.equal(true);
    expect(summaryOf(again.payment)).to.deep.equal(["PARTIALLY_REFUNDED", 4900, 4900, 1000]);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 1000"]);
  });

  it("rejects an authorized and a failed payment", async () => {
    const held = await operations().authorize();
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_decline"));
    const failed = await environment.storedPayment(orderId);
    for (const id of [held.id, failed.id]) {
      expect(reasonOf(await failureOf(operations().refund(id)))).to.equal("ILLEGAL_TRANSITION");
    }
  });

  it("returns the provider's decline, leaves the refund FAILED, and its amount refundable", async () => {
    const { id, orderId } = await operations().charge("tok_refund_failed");
    const key = newId();
    for (let round = 0; round < 2; round++) {
      const error = await failureOf(operations().refund(id, { amount: 49, key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.FailedPrecondition, "REFUND_DECLINED"]);
    }
    const { payment, refunds } = await operations().get(id);
    expect(summaryOf(payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    expect(refunds.map(statusOf)).to.deep.equal(["FAILED"]);
    expect(refunds[0]!.failureCode).to.match(/\w+/);
    await eventually(() =>
      expect(refundsOf(orderId).map(({ type }) => type)).to.deep.equal(["payment.refund_failed"]),
    );
    expect(refundsOf(orderId)[0]!.data).to.include({
      ...{ refundId: refunds[0]!.id, amount: 49, failureCode: refunds[0]!.failureCode },
    });
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900"]);
  });

  it("leaves a slow refund PENDING until it succeeds or fails", async () => {
    for (const [token, end, status] of [
      ["tok_refund_pending", "SUCCEEDED", "REFUNDED"],
      ["tok_refund_pending_then_failed", "FAILED", "PROCESSED"],
    ] as const) {
      const { id } = await operations().charge(token);
      const key = newId();
      // The outcome cannot be read yet.
      environment.psp.intercept((request, response) => request.method === "GET" && !!response.destroy());
      const { payment, refund } = await operations().refund(id, { key });
      expect([summaryOf(payment)[0], statusOf(refund)]).to.deep.equal(["PROCESSED", "PENDING"]);
      const tooMuch = await failureOf(operations().refund(id, { amount: 1 }));
      expect(reasonOf(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
      environment.psp.intercept(undefined);
      const finished = await eventually(async () => {
        const now = await operations().get(id);
        expect(now.refunds.map(statusOf)).to.deep.equal([end]);
        return now;
      });
      expect(summaryOf(finished.payment)[0]).to.equal(status);
    }
  });

  it("makes one of two concurrent refunds of 60 percent each", async () => {
    for (let round = 0; round < 30; round++) {
      const { id, orderId } = await operations().charge();
      const calls = await Promise.allSettled([1, 2].map(() => operations().refund(id, { amount: 29.4 })));
      const reasons = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
      expect(reasons).to.deep.equal(["REFUND_EXCEEDS_CAPTURED"]);
      expect(summaryOf((await operations().get(id)).payment)).to.deep.equal([
        "PARTIALLY_REFUNDED",
        4900,
        4900,
        2940,
      ]);
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2940"]);
    }
  });
});
