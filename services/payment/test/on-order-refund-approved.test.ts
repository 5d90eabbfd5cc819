import { expect } from "chai";
import { newId } from "@till/ids";
import { eventually } from "../../../test/support/eventually.ts";
import { promptRecovery } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("order.refund_approved", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: promptRecovery,
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const refundEvents = (orderId: string) =>
    environment.events(orderId).filter(({ type }) => type.startsWith("payment.refund"));

  it("refunds once, however often the event comes", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    const approved = { paymentId: id, refundId, amount: 20.5, currency: "EUR" };
    const eventId = newId();
    for (let round = 0; round < 5; round++)
      await environment.publishOrderEvent("order.refund_approved", orderId, approved, eventId);
    // The same refund under another event's name.
    await environment.publishOrderEvent("order.refund_approved", orderId, approved);
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      reason: "USER",
      captured: 49,
    });
    const { payment, refunds } = await operations().untilPayment(id, "PARTIALLY_REFUNDED");
    expect([summaryOf(payment)[3], refunds.map(statusOf)]).to.deep.equal([2050, ["SUCCEEDED"]]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(1));
    expect(refundEvents(orderId)[0]!.data).to.include({
      ...{ orderRefundId: refundId, refundId: refunds[0]!.id, amount: 20.5, refundedTotal: 20.5 },
    });
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2050"]);
  });

  it("publishes payment.refund_failed for an impossible refund, without a provider call", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    await operations().refund(id, { amount: 40 });
    await environment.publishOrderEvent("order.refund_approved", orderId, {
      paymentId: id,
      refundId,
      amount: 10,
      currency: "EUR",
    });
    const [, event] = await eventually(() => {
      expect(refundEvents(orderId)).to.have.length(2);
      return refundEvents(orderId);
    });
    expect(event).to.include({ type: "payment.refund_failed" });
    expect(event!.data).to.include({ orderRefundId: refundId, failureCode: "exceeds_captured", amount: 10 });
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4000"]);
  });
});
