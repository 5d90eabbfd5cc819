import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { price, promptRecovery } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("order.late_payment", () => {
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
  const late = (orderId: string, paymentId: string) =>
    environment.publishOrderEvent("order.late_payment", orderId, { paymentId, amount: 49, currency: "EUR" });

  it("refunds all of a late payment once", async () => {
    const { id, orderId } = await operations().charge();
    await operations().refund(id, { amount: 9 });
    for (let round = 0; round < 3; round++) {
      await environment.publishOrderEvent("order.late_payment", orderId, {
        paymentId: id,
        amount: 49,
        currency: "EUR",
      });
    }
    const { payment } = await operations().untilPayment(id, "REFUNDED");
    expect(summaryOf(payment)[3]).to.equal(4900);
    expect(ledgerLines(await environment.ledger(orderId)).slice(1)).to.deep.equal([
      "refund 900",
      "refund 4000",
    ]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(2));
    expect(refundEvents(orderId)[1]!.data).to.not.have.property("orderRefundId");
  });

  it("refunds once after the provider was unreachable", async () => {
    const { id, orderId } = await operations().charge();
    await environment.psp.disconnect();
    await environment.publishOrderEvent("order.late_payment", orderId, {
      paymentId: id,
      amount: 49,
      currency: "EUR",
    });
    expect((await operations().get(id)).refunds.map(statusOf)).to.deep.equal(["PENDING"]);
    await environment.psp.reconnect();
    await operations().untilPayment(id, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("refunds a late payment again when a pending refund of it fails", async () => {
    const { id, orderId } = await operations().charge("tok_refund_pending_then_failed");
    await operations().refund(id);
    await late(orderId, id);
    const { refunds } = await eventually(async () => {
      const now = await operations().get(id);
      // The provider fails the second as well, after a while.
      expect(now.refunds).to.have.length.of.at.least(2);
      return now;
    });
    expect(statusOf(refunds[0])).to.equal("FAILED");
    expect(refunds[1]!.amount).to.include(price);
  });

  it("refunds a payment that the cancelled order did not count", async () => {
    const { id, orderId } = await operations().charge();
    const news = { paymentId: id, reason: "EXPIRED", captured: 0 };
    await environment.publishOrderEvent("order.cancelled", orderId, news);
    await late(orderId, id);
    await operations().untilPayment(id, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });
});
