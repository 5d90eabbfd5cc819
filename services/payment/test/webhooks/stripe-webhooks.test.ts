import { newId } from "@till/ids";
import { expect } from "chai";
import { Stripe } from "stripe";
import { webhookSecret } from "../support/fixtures.ts";
import { stripeEvent } from "../support/stripe-dashboard.ts";
import { postWebhook } from "../support/webhook-request.ts";
import {
  accepted,
  startWebhookService,
  stripeSettings,
  type WebhookService,
} from "../support/webhook-service.ts";

describe("The webhook endpoint for Stripe", () => {
  let service: WebhookService;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    service = await startWebhookService();
    service.server = await service.open(stripeSettings);
  });
  afterEach(() => service?.close());

  const post = (body: string, signature = sign(body)) => {
    const url = `http://127.0.0.1:${service.server!.port}/webhooks/stripe`;
    return postWebhook(url, body, { "stripe-signature": signature });
  };
  const about = (metadata: object | undefined) =>
    JSON.stringify({
      id: `evt_${newId()}`,
      object: "event",
      type: "payment_intent.succeeded",
      data: { object: { id: "pi_1", ...(metadata && { metadata }) } },
    });
  const sign = (payload: string, { secret = webhookSecret, offset = 0 } = {}) => {
    const timestamp = Math.floor(service.nowMs / 1000) + offset;
    return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  };

  it("rejects an old signature with a new time beside it", async () => {
    const body = about({ payment_id: newId() });
    const old = sign(body, { offset: -3_600 });
    const fresh = `t=${Math.floor(service.nowMs / 1000)}`;
    for (const header of [`${fresh},${old}`, `${old},${fresh}`])
      expect(await post(body, header)).to.deep.equal([401, "SIGNATURE_INVALID"]);
  });

  const objects: [type: string, object: object][] = [
    ["charge.dispute.created", { id: "du_1", object: "dispute", metadata: {} }],
    ["charge.dispute.updated", { id: "du_1", object: "dispute", metadata: {} }],
    ["charge.dispute.funds_withdrawn", { id: "du_1", object: "dispute", metadata: {} }],
    ["charge.dispute.funds_reinstated", { id: "du_1", object: "dispute", metadata: {} }],
    ["charge.dispute.closed", { id: "du_1", object: "dispute", metadata: {} }],
    ["refund.created", { id: "re_1", object: "refund", metadata: null }],
    ["refund.updated", { id: "re_1", object: "refund" }],
    ["refund.failed", { id: "re_1", object: "refund", metadata: {} }],
    ["charge.refund.updated", { id: "re_1", object: "refund", metadata: {} }],
    ["review.opened", { id: "prv_1", object: "review" }],
    ["review.closed", { id: "prv_1", object: "review" }],
    ["radar.early_fraud_warning.created", { id: "issfr_1", object: "radar.early_fraud_warning" }],
  ];
  it("takes events of objects that Till has not made by their PaymentIntent", async () => {
    for (const [index, [type, object]] of objects.entries())
      for (const payment_intent of [`pi_${index}`, { id: `pi_${index}`, object: "payment_intent" }])
        expect(await post(stripeEvent(type, { ...object, payment_intent }))).to.deep.equal(accepted);
    await service.allHandled(2 * objects.length);
    expect(new Set(service.handled)).to.deep.equal(new Set(objects.map((_, index) => `pi_${index}`)));
  });

  it("ignores objects without a PaymentIntent, and PaymentIntents and charges of other applications", async () => {
    for (const [type, object] of objects)
      for (const payment_intent of [undefined, null])
        expect(await post(stripeEvent(type, { ...object, payment_intent }))).to.deep.equal(accepted);
    for (const [type, object] of [
      ["charge.succeeded", { id: "ch_1", object: "charge", metadata: {}, payment_intent: "pi_1" }],
      ["checkout.session.completed", { id: "cs_1", object: "checkout.session", payment_intent: "pi_1" }],
    ] as const)
      expect(await post(stripeEvent(type, object))).to.deep.equal(accepted);
    expect(await service.rows()).to.deep.equal([]);
  });

  it("ignores events of the account's other uses", async () => {
    for (const metadata of [undefined, {}, { payment_id: "theirs" }])
      expect(await post(about(metadata))).to.deep.equal(accepted);
    expect(await service.rows()).to.deep.equal([]);
  });
});
