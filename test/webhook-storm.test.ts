import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { eur, newCourse, newUser, courseLine } from "./support/fixtures.ts";
import { untilAgreed, type Parties } from "./support/agreement.ts";
import { eventually } from "./support/eventually.ts";
import { failureOf, factsOf } from "./support/failure-of.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { openWebhookRelay, type WebhookRelay } from "./support/webhook-relay.ts";

describe("A storm of webhooks", () => {
  let system: PaymentSystem;
  let relay: WebhookRelay;
  let parties: Parties;
  before(async function () {
    this.timeout(60_000);
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    system = await startPaymentSystem({
      // Only webhooks are to move payments forward.
      env: { TILL_RESOLVE_AFTER_SECONDS: "3600", TILL_PSP_TIMEOUT_MS: "2000" },
      webhooksVia: async (endpoint) => (relay = await openWebhookRelay(endpoint)).url,
    });
    parties = system.parties();
  });
  after(async function () {
    this.timeout(120_000);
    await system?.stop();
    relay?.close();
  });

  it("of one, a hundred times: one effect", async () => {
    relay.hold();
    const { orderId, ...request } = await order("tok_webhook_only");
    const failure = await failureOf(parties.payments.processPayment({ orderId, ...request }));
    expect(factsOf(failure).reason).to.equal("PAYMENT_UNKNOWN");
    const { payments } = await parties.payments.listPayments({ orderId });
    expect(payments.map(({ status }) => PaymentStatus[status])).to.deep.equal(["UNKNOWN"]);

    const [event] = await newsOf(payments[0]!.id);
    await resend(event!.id, 100);
    await eventually(() => expect(relay.held()).to.equal(101), { timeoutMs: 30_000 });
    const statuses = await relay.release(shuffled);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));

    const end = { order: "PAID", captured: 1000, payments: ["PROCESSED"], ledger: ["charge 1000"] };
    await untilAgreed(parties, orderId, end);
    await eventually(async () => {
      expect(await countTypes(orderId, payments[0]!.id)).to.deep.equal({
        ...{ "payment.processed": 1, "order.created": 1, "order.payment_pending": 1, "order.confirmed": 1 },
        ...{ PAYMENT_REQUESTED: 1, PROVIDER_UNKNOWN: 1, PAYMENT_PROCESSED: 1 },
      });
    });
  }).timeout(120_000);

  it("and its neighbours, shuffled: final state as the provider has it, and no second effect", async () => {
    relay.hold();
    const { orderId, ...request } = await order("tok_approve");
    const { payment } = await parties.payments.authorizePayment({ orderId, ...request });
    const { id } = payment!;
    // In the provider's dashboard: only webhooks report it.
    for (const [what, amount] of [
      ["captures", 400],
      ["captures", 600],
      ["refunds", 300],
      ["refunds", 200],
    ] as const)
      await byHand(id, what, amount);
    const news = await newsOf(id);
    expect(news.length).to.be.at.least(5);
    for (const event of news) await resend(event.id, 20);
    await eventually(() => expect(relay.held()).to.equal(21 * news.length), { timeoutMs: 30_000 });
    const statuses = await relay.release(shuffled);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));

    const ledger = ["authorize 1000", "capture 400", "capture 600", "refund 300", "refund 200"];
    const end = { order: "PAID", captured: 1000, refunded: 500, payments: ["PARTIALLY_REFUNDED"], ledger };
    await untilAgreed(parties, orderId, end);
    await untilRefundsPublished(orderId, 5);
    const counts = await countTypes(orderId, id);
    expect(counts).to.include({ "payment.authorized": 1, "payment.processed": 1, "order.confirmed": 1 });

    for (const event of news) await resend(event.id, 20);
    await eventually(
      async () => {
        const times = (await newsOf(id)).map(({ delivered }) => delivered);
        expect(times).to.deep.equal(news.map(() => 41));
      },
      { timeoutMs: 30_000 },
    );
    // Webhooks after the storm are handled.
    await byHand(id, "refunds", 500);
    await untilAgreed(parties, orderId, {
      ...{ order: "REFUNDED", captured: 1000, refunded: 1000, payments: ["REFUNDED"] },
      ledger: [...ledger, "refund 500"],
    });
    await untilRefundsPublished(orderId, 10);
    const last = ["payment.refunded", "order.refunded", "REFUND_REQUESTED", "REFUND_SUCCEEDED"];
    const expected = last.map((type) => [type, (counts[type] ?? 0) + 1] as const);
    expect(await countTypes(orderId, id)).to.deep.equal({ ...counts, ...Object.fromEntries(expected) });
  }).timeout(120_000);

  /** Creates an order of EUR 10.00, and returns the request that pays it. */
  async function order(token: string) {
    const items = [courseLine(newCourse())];
    const request = { userId: newUser(), items, idempotencyKey: system.newKey() };
    const placed = await system.ordersAs().createOrder(request);
    const method = { case: "paymentToken" as const, value: token };
    return { orderId: placed.order!.id, amount: eur(10), method, idempotencyKey: system.newKey() };
  }

  type News = { readonly id: string; readonly type: string; readonly delivered: number };
  const newsOf = async (paymentId: string) =>
    (await system.provider<{ events: News[] }>(`/psp/v1/events?payment_id=${paymentId}`)).events;
  const resend = (eventId: string, times: number) =>
    system.provider(`/psp/v1/webhooks/${eventId}/resend?times=${times}`, { method: "POST" });
  const byHand = (paymentId: string, what: "captures" | "refunds", amount: number) =>
    system.provider(`/psp/v1/payments/${paymentId}/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": system.newKey() },
      body: JSON.stringify({ amount }),
    });

  /** Waits until both services have published refunds of this sum, in EUR; their earlier events have arrived by then. */
  const untilRefundsPublished = (orderId: string, amount: number) =>
    eventually(
      () => {
        for (const wanted of ["payment.refunded", "order.refunded"]) {
          const refunds = system.events(orderId).filter(({ type }) => type === wanted);
          const sum = refunds.reduce((total, { data }) => total + (data as { amount: number }).amount, 0);
          expect(sum, wanted).to.equal(amount);
        }
      },
      { timeoutMs: 30_000 },
    );

  /** How often each type occurs: among the services' events of an order, and in the payment's history. */
  async function countTypes(orderId: string, paymentId: string): Promise<Record<string, number>> {
    const { events } = await parties.payments.listPaymentEvents({ paymentId });
    const counts: Record<string, number> = {};
    for (const { type } of [...system.events(orderId), ...events]) {
      if (type !== "order.status_changed") counts[type] = (counts[type] ?? 0) + 1;
    }
    return counts;
  }
});

/** The places of so many things, in any order. */
function shuffled(count: number): number[] {
  const places = Array.from({ length: count }, (_, place) => ({ place, at: Math.random() }));
  return places.sort((one, other) => one.at - other.at).map(({ place }) => place);
}
