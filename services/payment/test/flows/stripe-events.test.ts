import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DisputeState, PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { Stripe } from "stripe";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { shop } from "../../../../test/support/fixtures.ts";
import { fastRecovery, webhookSecret, withoutRecovery } from "../support/fixtures.ts";
import { paymentOperations, summaryOf } from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { stripeDashboard, stripeEvent } from "../support/stripe-dashboard.ts";
import { withStripe } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { postWebhook } from "../support/webhook-request.ts";

describe("With Stripe, a payment", () => {
  let stripe: StripeStandIn;
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    stripe = await stripeStandIn();
    environment = await startPaymentEnvironment({
      env: {
        ...{ ...withStripe(stripe), TILL_STRIPE_WEBHOOK_SECRET: webhookSecret, TILL_WEBHOOK_PORT: "0" },
        ...withoutRecovery,
      },
    });
  });
  after(async () => {
    await environment?.stop();
    await stripe?.close();
  });

  const operations = () => paymentOperations(environment);
  const dashboard = () => stripeDashboard(stripe);
  const intentOf = ({ transactionId }: { readonly transactionId: string }) =>
    stripe.intents.find(({ id }) => id === transactionId)!;
  async function deliver(type: string, object: object): Promise<void> {
    const payload = stripeEvent(type, object);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: webhookSecret });
    const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/stripe`;
    expect((await postWebhook(url, payload, { "stripe-signature": signature }))[0]).to.equal(200);
  }
  const untilSummary = (paymentId: string, ...summary: unknown[]) =>
    eventually(async () => {
      const { payment } = await operations().get(paymentId);
      expect(summaryOf(payment)).to.deep.equal(summary);
      return payment!;
    });
  const disputeOf = ({ dispute }: Awaited<ReturnType<typeof untilSummary>>) =>
    dispute && DisputeState[dispute.state];

  /** What a reconciliation finds of a payment. */
  async function mismatches(paymentId: string): Promise<string[]> {
    const [from, until] = [-60_000, 60_000].map((ms) => timestampFromDate(new Date(Date.now() + ms)));
    const admin = environment.payments(shop, "admin");
    const { reconciliation: begun } = await admin.startReconciliation({
      ...{ createdAfter: from!, createdBefore: until!, idempotencyKey: newId() },
    });
    return eventually(async () => {
      const { reconciliation } = await admin.getReconciliation({ reconciliationId: begun!.id });
      expect(ReconciliationStatus[reconciliation!.status]).to.not.be.oneOf(["RUNNING", "FAILED"]);
      return reconciliation!.mismatches
        .filter((mismatch) => mismatch.paymentId === paymentId)
        .map(({ internal, external }) => `${internal}: ${external}`);
    });
  }

  it("follows a dispute: no refund while it is open", async () => {
    const { id, orderId, transactionId } = await operations().charge("pm_ok");
    const dispute = dashboard().dispute(transactionId);
    await deliver("charge.dispute.created", dispute);
    const disputed = await untilSummary(id, "REFUNDED", 4900, 4900, 4900);
    expect(disputeOf(disputed)).to.equal("NEEDS_RESPONSE");
    const published = (type: string) => environment.events(orderId).filter((event) => event.type === type);
    await eventually(() => expect(published("payment.disputed")).to.have.length(1));
    const requests = stripe.requests.length;
    expect(reasonOf(await failureOf(operations().refund(id)))).to.equal("PAYMENT_DISPUTED");
    expect(stripe.requests).to.have.length(requests);
    expect(await mismatches(id)).to.deep.equal([]);
  });

  it("has its money back when a dispute is won, and can be refunded", async () => {
    const { id, transactionId } = await operations().charge("pm_ok");
    const dispute = dashboard().dispute(transactionId, "under_review");
    await deliver("charge.dispute.updated", dispute);
    const reviewed = await untilSummary(id, "REFUNDED", 4900, 4900, 4900);
    expect(disputeOf(reviewed)).to.equal("UNDER_REVIEW");
    dashboard().move(dispute, "won");
    await deliver("charge.dispute.closed", dispute);
    expect(disputeOf(await untilSummary(id, "PROCESSED", 4900, 4900, 0))).to.equal("WON");
    const { payment } = await operations().refund(id);
    expect(summaryOf(payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(await mismatches(id)).to.deep.equal([]);
  });

  it("is refunded during an inquiry, which withdraws nothing", async () => {
    const { id, transactionId } = await operations().charge("pm_ok");
    await deliver("charge.dispute.created", dashboard().dispute(transactionId, "warning_needs_response"));
    await operations().refund(id, { amount: 9 });
    expect(disputeOf(await untilSummary(id, "PARTIALLY_REFUNDED", 4900, 4900, 900))).to.equal(undefined);
  });

  it("follows refunds that fail after their success, Till's and the dashboard's", async () => {
    const { id, orderId, transactionId } = await operations().charge("pm_ok");
    const { refund } = await operations().refund(id, { amount: 10 });
    const byHand = dashboard().refund(transactionId, 900);
    await deliver("refund.created", byHand);
    await untilSummary(id, "PARTIALLY_REFUNDED", 4900, 4900, 1900);
    const own = stripe.refunds.find(({ metadata }) => metadata.refund_id === refund!.id)!;
    await deliver("refund.failed", dashboard().failRefund(own.id));
    await deliver("charge.refund.updated", dashboard().failRefund(byHand.id));
    // The order's refund worker refunds again what failed, so that sums are moments only.
    await eventually(() => {
      const failed = environment.events(orderId).filter(({ type }) => type === "payment.refund_failed");
      expect(failed.map(({ data }) => data)).to.have.lengthOf(2);
      for (const { data } of failed) expect(data).to.include({ afterSuccess: true });
      expect(failed.map(({ data }) => (data as { amount: number }).amount)).to.have.members([10, 9]);
      return Promise.resolve();
    });
    await eventually(async () => expect(await mismatches(id)).to.deep.equal([]));
  });

  it("follows a capture and a void in the dashboard", async () => {
    const captured = await operations().authorize("pm_ok");
    dashboard().capture(captured.transactionId);
    await deliver("payment_intent.succeeded", intentOf(captured));
    await untilSummary(captured.id, "PROCESSED", 4900, 4900, 0);
    const voided = await operations().authorize("pm_ok");
    dashboard().cancel(voided.transactionId);
    await deliver("payment_intent.canceled", intentOf(voided));
    await untilSummary(voided.id, "VOIDED", 4900, 0, 0);
    for (const { id } of [captured, voided]) expect(await mismatches(id)).to.deep.equal([]);
  });
});

describe("With Stripe and without webhooks, a payment", () => {
  let stripe: StripeStandIn;
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    stripe = await stripeStandIn();
    environment = await startPaymentEnvironment({
      env: { ...withStripe(stripe), ...fastRecovery, TILL_GIVE_UP_SECONDS: "1" },
    });
  });
  after(async () => {
    await environment?.stop();
    await stripe?.close();
  });

  it("does not fail while the search lags: Stripe's list has it", async () => {
    stripe.searchLags = true;
    stripe.instead = (_, response) => (response.destroy(), true);
    const orderId = await environment.placeOrder();
    expect(reasonOf(await failureOf(environment.pay(orderId, "pm_ok")))).to.equal("PAYMENT_UNKNOWN");
    await environment.untilOrder(orderId, "PAID");
    const { payments } = await environment.payments(shop, "service").listPayments({ orderId });
    expect(payments.map(({ status }) => PaymentStatus[status])).to.deep.equal(["PROCESSED"]);
  });
});
