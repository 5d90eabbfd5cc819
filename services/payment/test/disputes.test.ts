import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { DisputeState } from "@till/gen/till/payment/v1/payment_pb";
import { ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur, shop } from "../../../test/support/fixtures.ts";
import { withoutRecovery, withWebhooks } from "./support/fixtures.ts";
import { paymentOperations, refundAtProvider, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { postWebhook, webhookBody } from "./support/webhook-request.ts";

describe("A dispute", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...withWebhooks, ...withoutRecovery },
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  /** Waits until the provider has the dispute in one of these states. */
  const untilAtProvider = (paymentId: string, ...states: string[]) =>
    eventually(async () => {
      const response = await fetch(`${environment.psp.url}/payments/${paymentId}`);
      const { dispute } = (await response.json()) as { dispute?: { state: string } };
      expect(dispute?.state).to.be.oneOf(states);
    });
  async function deliver(paymentId: string, type: string): Promise<void> {
    const url = `http://127.0.0.1:${environment.webhookPort}/webhooks/sandbox`;
    expect((await postWebhook(url, webhookBody(paymentId, { type })))[0]).to.equal(200);
  }
  const untilDispute = (paymentId: string, state: keyof typeof DisputeState) =>
    eventually(async () => {
      const { payment } = await operations().get(paymentId);
      expect(payment!.dispute && DisputeState[payment!.dispute.state]).to.equal(state);
      return payment!;
    });
  const untilPublished = (orderId: string, type: string) =>
    eventually(() => {
      const found = environment.events(orderId).filter((event) => event.type === type);
      expect(found).to.have.length(1);
      return found[0]!.data as Record<string, unknown>;
    });
  const types = async (paymentId: string) => {
    const { events } = await environment.payments(shop, "admin").listPaymentEvents({ paymentId });
    return events.map(({ type }) => type);
  };

  it("shows in its payment, withdraws the money, and no refund of it reaches the provider", async () => {
    const { id, orderId, userId } = await operations().charge("tok_dispute_opened");
    await untilAtProvider(id, "needs_response");
    await deliver(id, "dispute.opened");
    await deliver(id, "dispute.opened");
    const payment = await untilDispute(id, "NEEDS_RESPONSE");
    expect(summaryOf(payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(payment.dispute!.reason).to.equal("fraudulent");
    expect(payment.dispute!.amount).to.include(eur(49));
    expect(payment.dispute!.id).to.match(/^dp_/);
    expect(payment.dispute!.respondBy).to.not.equal(undefined);
    expect(await untilPublished(orderId, "payment.disputed")).to.deep.include({
      ...{ paymentId: id, orderId, userId, disputeId: payment.dispute!.id, state: "needs_response" },
      ...{ reason: "fraudulent", amount: 49, currency: "EUR", refundedTotal: 49 },
    });

    const posts = environment.psp.requestCounts.POST;
    for (const amount of [undefined, 49, 10]) {
      const failure = await failureOf(operations().refund(id, { ...(amount && { amount }) }));
      expect([failure.code, reasonOf(failure)]).to.deep.equal([Code.FailedPrecondition, "PAYMENT_DISPUTED"]);
    }
    const refundId = newId();
    const approved = { paymentId: id, refundId, amount: 49, currency: "EUR" };
    await environment.publishOrderEvent("order.refund_approved", orderId, approved);
    const failed = await untilPublished(orderId, "payment.refund_failed");
    expect(failed).to.include({ orderRefundId: refundId, failureCode: "payment_disputed" });
    expect(environment.psp.requestCounts.POST).to.equal(posts);
    expect(await types(id)).to.include.members(["DISPUTE_OPENED"]);
  });

  for (const [token, state, summary] of [
    ["tok_dispute_won", "WON", ["PROCESSED", 4900, 4900, 0]],
    ["tok_dispute_lost", "LOST", ["REFUNDED", 4900, 4900, 4900]],
  ] as const) {
    it(`that is ${state} is closed`, async () => {
      const { id, orderId } = await operations().charge(token);
      await untilAtProvider(id, state.toLowerCase());
      await deliver(id, "dispute.closed");
      const payment = await untilDispute(id, state);
      expect(summaryOf(payment)).to.deep.equal(summary);
      await untilPublished(orderId, "payment.disputed");
      const closed = await untilPublished(orderId, "payment.dispute_closed");
      expect(closed).to.include({ state: state.toLowerCase(), amount: 49 }).and.have.property("closedAt");
      expect(await types(id)).to.include.members(["DISPUTE_OPENED", `DISPUTE_${state}`]);
      if (state === "LOST") return;
      const { payment: refunded } = await operations().refund(id);
      expect(summaryOf(refunded)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    });
  }

  it("of a payment with a refund made at the provider keeps the sums apart", async () => {
    const { id } = await operations().charge("tok_dispute_opened");
    await refundAtProvider(environment, id, 900);
    await untilAtProvider(id, "needs_response");
    await deliver(id, "refund.succeeded");
    const payment = await untilDispute(id, "NEEDS_RESPONSE");
    expect(payment.dispute!.amount).to.include(eur(40));
    expect(summaryOf(payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
  });

  it("is found by a reconciliation, which repairs it and then finds no mismatch", async () => {
    const from = new Date();
    const open = await operations().charge("tok_dispute_opened");
    const won = await operations().charge("tok_dispute_won");
    const lost = await operations().charge("tok_dispute_lost");
    await untilAtProvider(open.id, "needs_response");
    await untilAtProvider(won.id, "won");
    await untilAtProvider(lost.id, "lost");

    const admin = environment.payments(shop, "admin");
    async function reconcile(repair: boolean) {
      const range = {
        createdAfter: timestampFromDate(from),
        createdBefore: timestampFromDate(new Date(Date.now() + 60_000)),
      };
      const { reconciliation } = await admin.startReconciliation({
        ...range,
        repair,
        idempotencyKey: newId(),
      });
      return eventually(async () => {
        const { reconciliation: run } = await admin.getReconciliation({
          reconciliationId: reconciliation!.id,
        });
        expect(run!.status).to.not.equal(ReconciliationStatus.RUNNING);
        return run!;
      });
    }
    const found = await reconcile(false);
    // Money that was withdrawn and is back leaves nothing to find.
    expect(found.mismatches.map(({ paymentId }) => paymentId)).to.have.members([open.id, lost.id]);
    await reconcile(true);
    await untilDispute(open.id, "NEEDS_RESPONSE");
    await untilDispute(lost.id, "LOST");
    const last = await reconcile(false);
    expect(last.mismatches).to.deep.equal([]);
  });
});
