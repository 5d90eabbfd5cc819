import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { shop } from "../../../test/support/fixtures.ts";
import { withoutRecovery, withWebhooks } from "./support/fixtures.ts";
import {
  ledgerLines,
  paymentOperations,
  refundAtProvider,
  statusOf,
  summaryOf,
} from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { postWebhook, webhookBody } from "./support/webhook-request.ts";

describe("A refund that fails after its success", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...withWebhooks, ...withoutRecovery },
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  /** Waits until the provider has refunded this much of the payment. */
  const untilRefunded = (paymentId: string, cents: number) =>
    eventually(async () => {
      const response = await fetch(`${environment.psp.url}/payments/${paymentId}`);
      expect(((await response.json()) as { refunded: number }).refunded).to.equal(cents);
    });

  it("is FAILED by the provider's webhook, its money counts as captured, and is refunded under a new id", async () => {
    const { id, orderId } = await operations().charge("tok_refund_fails_later");
    const { refund: first } = await operations().refund(id, { amount: 9, key: "first" + id });
    expect(statusOf(first)).to.equal("SUCCEEDED");
    await untilRefunded(id, 0);
    const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
    for (let times = 0; times < 2; times++)
      expect((await postWebhook(url, webhookBody(id, { type: "refund.failed" })))[0]).to.equal(200);

    const { payment } = await operations().untilRefunds(id, "FAILED");
    expect(summaryOf(payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    const failures = () => environment.events(orderId).filter(({ type }) => type === "payment.refund_failed");
    await eventually(() => expect(failures()).to.have.length(1));
    expect(failures()[0]!.data).to.include({
      ...{ refundId: first!.id, afterSuccess: true, amount: 9, failureCode: "expired_or_canceled_card" },
    });

    const replay = await failureOf(operations().refund(id, { amount: 9, key: "first" + id }));
    expect(reasonOf(replay)).to.equal("REFUND_DECLINED");
    // By the order's refund worker, whose refund this was to pay.
    await operations().untilRefunds(id, "FAILED", "SUCCEEDED");
    const lines = ledgerLines(await environment.ledger(orderId));
    expect(lines.slice(0, 4)).to.deep.equal(["charge 4900", "refund 900", "charge 900", "refund 900"]);
  });

  it("is found and repaired by a reconciliation, also a refund that was not made by Till", async () => {
    const from = timestampFromDate(new Date(Date.now() - 60_000));
    const own = await operations().charge("tok_refund_fails_later");
    const byHand = await operations().charge("tok_refund_fails_later");
    await operations().refund(own.id);
    await refundAtProvider(environment, byHand.id, 900);
    const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
    await postWebhook(url, webhookBody(byHand.id, { type: "refund.succeeded" }));
    await operations().untilPayment(byHand.id, "PARTIALLY_REFUNDED");
    await Promise.all([own, byHand].map(({ id }) => untilRefunded(id, 0)));

    const admin = environment.payments(shop, "admin");
    const createdBefore = timestampFromDate(new Date(Date.now() + 60_000));
    await admin.startReconciliation({
      ...{ createdAfter: from, createdBefore, repair: true, idempotencyKey: newId() },
    });
    for (const { id } of [own, byHand]) {
      const { payment } = await operations().untilRefunds(id, "FAILED");
      expect(summaryOf(payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    }
  });
});
