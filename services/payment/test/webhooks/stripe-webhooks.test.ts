import { newId } from "@till/ids";
import { expect } from "chai";
import { Stripe } from "stripe";
import { deliver, secret, taken, webhookBench, type WebhookBench } from "../support/webhook-service.ts";

describe("The webhook door for Stripe", () => {
  let bench: WebhookBench;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    bench = await webhookBench();
    bench.door = await bench.open("stripe");
  });
  afterEach(() => bench?.close());

  const post = (body: string, signature = sign(body)) => {
    const url = `http://127.0.0.1:${bench.door!.port}/webhooks/stripe`;
    return deliver(url, body, { "stripe-signature": signature });
  };
  const about = (metadata: object | undefined) =>
    JSON.stringify({
      id: `evt_${newId()}`,
      object: "event",
      type: "payment_intent.succeeded",
      data: { object: { id: "pi_1", ...(metadata && { metadata }) } },
    });
  const sign = (payload: string, { key = secret, offset = 0 } = {}) => {
    const timestamp = Math.floor(bench.nowMs / 1000) + offset;
    return Stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp });
  };
  it("takes what Stripe signed, once", async () => {
    const paymentId = newId();
    const body = about({ payment_id: paymentId, order_id: newId() });
    expect(await post(body)).to.deep.equal(taken);
    expect(await post(body)).to.deep.equal(taken);
    await bench.allHandled(1);
    expect(bench.news).to.deep.equal([paymentId]);
  });

  it("refuses what Stripe did not sign, or not lately", async () => {
    const body = about({ payment_id: newId() });
    expect(await post(body, "")).to.deep.equal([401, "SIGNATURE_MISSING"]);
    expect(await post(body, sign(body, { key: "another" }))).to.deep.equal([401, "SIGNATURE_INVALID"]);
    expect(await post(`${body} `, sign(body))).to.deep.equal([401, "SIGNATURE_INVALID"]);
    for (const offset of [-301, 302])
      expect(await post(body, sign(body, { offset }))).to.deep.equal([401, "SIGNATURE_STALE"]);
    const old = sign(body, { offset: -3_600 });
    const fresh = `t=${Math.floor(bench.nowMs / 1000)}`;
    for (const header of [`${fresh},${old}`, `${old},${fresh}`])
      expect(await post(body, header), "an old one dressed up").to.deep.equal([401, "SIGNATURE_INVALID"]);
    expect(await post("{", sign("{"))).to.deep.equal([400, "WEBHOOK_MALFORMED"]);
  });

  it("leaves alone what else the account is used for", async () => {
    for (const metadata of [undefined, {}, { payment_id: "theirs" }])
      expect(await post(about(metadata))).to.deep.equal(taken);
    expect(await bench.rows()).to.deep.equal([]);
  });
});
