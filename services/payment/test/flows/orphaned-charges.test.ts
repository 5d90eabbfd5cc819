import { expect } from "chai";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { fastRecovery, withWebhooks } from "../support/fixtures.ts";
import {
  ledgerLines,
  paymentOperations,
  refundAtProvider,
  statusOf,
  summaryOf,
} from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { postWebhook, webhookBody } from "../support/webhook-request.ts";

describe("An orphaned charge", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...fastRecovery, ...withWebhooks },
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const sendWebhook = async (paymentId: string) => {
    const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
    expect(await postWebhook(url, webhookBody(paymentId))).to.deep.equal([200, undefined]);
  };

  it("of another amount than requested is refunded, and the order can be paid", async () => {
    const orderId = await environment.placeOrder();
    const error = await failureOf(environment.pay(orderId, "tok_wrong_amount"));
    expect(reasonOf(error)).to.equal("PAYMENT_DECLINED");
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ failure_code: "wrong_amount" });
    const { id } = await environment.storedPayment(orderId);
    await eventually(async () =>
      expect((await operations().get(id)).refunds.map(statusOf)).to.deep.equal(["SUCCEEDED"]),
    );
    expect(summaryOf((await operations().get(id)).payment)).to.deep.equal(["FAILED", 4899, 4899, 4899]);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4899", "refund 4899"]);
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
    // The refund, which came before the second payment, was not published.
    const types = environment.events(orderId).map(({ type }) => type);
    expect(types).to.deep.equal(["payment.failed", "payment.processed"]);
  });

  it("is voided when another amount was authorized", async () => {
    const orderId = await environment.placeOrder();
    expect(reasonOf(await failureOf(environment.authorize(orderId, "tok_wrong_amount")))).to.equal(
      "PAYMENT_DECLINED",
    );
    await eventually(async () =>
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4899", "void 4899"]),
    );
    expect(
      summaryOf((await operations().get((await environment.storedPayment(orderId)).id)).payment)[0],
    ).to.equal("FAILED");
  });

  it("refunded at the provider is recorded and published", async () => {
    const { id, orderId } = await operations().charge();
    await refundAtProvider(environment, id, 1000);
    for (let round = 0; round < 5; round++) await sendWebhook(id);
    const { payment, refunds } = await operations().untilPayment(id, "PARTIALLY_REFUNDED");
    expect([summaryOf(payment)[3], refunds.map(statusOf)]).to.deep.equal([1000, ["SUCCEEDED"]]);
    const refunded = () => environment.events(orderId).filter(({ type }) => type === "payment.refunded");
    await eventually(() => expect(refunded()).to.have.length(1));
    expect(refunded()[0]!.data).to.include({
      amount: 10,
      refundId: refunds[0]!.id,
      status: "partially_refunded",
    });
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 1000"]);
  });

  it("of a payment that ended FAILED is refunded", async () => {
    const { id } = await operations().charge();
    // As if recovery had failed the payment, and the charge had succeeded later.
    await environment.query(
      `UPDATE payment SET status = 'FAILED', captured_minor = 0, authorized_minor = 0, transaction_id = NULL,
              failure_code = 'provider_timeout', failure_reason = '', retryable = true WHERE id = $1`,
      [id],
    );
    for (let round = 0; round < 5; round++) await sendWebhook(id);
    const { payment } = await eventually(async () => {
      const found = await operations().get(id);
      expect(found.refunds.map(statusOf)).to.deep.equal(["SUCCEEDED"]);
      return found;
    });
    expect(summaryOf(payment)).to.deep.equal(["FAILED", 4900, 4900, 4900]);
    expect(ledgerLines(await environment.ledger(payment!.orderId))).to.deep.equal([
      "charge 4900",
      "refund 4900",
    ]);
  });
});
