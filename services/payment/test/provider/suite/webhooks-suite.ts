import { newId } from "@till/ids";
import { expect } from "chai";
import { webhookSecret } from "../../support/fixtures.ts";
import { postWebhook } from "../../support/webhook-request.ts";
import { accepted, startWebhookService, type WebhookService } from "../../support/webhook-service.ts";
import type { ProviderUnderTest } from "./provider-under-test.ts";

/** What the adapter's webhooks promise, through the webhook server. */
export function webhooksSuite({ settings, webhooks }: ProviderUnderTest): void {
  describe("in its webhooks", () => {
    let service: WebhookService;
    const configured = settings({ url: "http://127.0.0.1", timeoutMs: 1_000 });
    beforeEach(async function () {
      if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
      service = await startWebhookService();
      service.server = await service.open(configured);
    });
    afterEach(() => service?.close());

    const signed = (body: string, { secret = webhookSecret, offsetMs = 0 } = {}) =>
      webhooks.headers(body, { secret, atMs: service.nowMs + offsetMs });
    const post = (body: string, headers = signed(body)) =>
      postWebhook(`http://127.0.0.1:${service.server!.port}/webhooks/${configured.kind}`, body, headers);

    it("syncs a payment once for an event that is delivered many times", async () => {
      const paymentId = newId();
      const body = webhooks.body(paymentId);
      const responses = await Promise.all(Array.from({ length: 20 }, () => post(body)));
      expect(responses).to.deep.equal(Array(20).fill(accepted));
      await service.allHandled(1);
      expect(await post(body), "and once more, later").to.deep.equal(accepted);
      await service.allHandled(1);
      expect(service.handled).to.deep.equal([paymentId]);
    });

    it("syncs every payment, whatever the order of its events", async () => {
      const payments = Array.from({ length: 5 }, newId);
      const bodies = [1, 2, 3].flatMap(() => payments.map((id) => webhooks.body(id)));
      for (const body of bodies.toReversed()) expect(await post(body)).to.deep.equal(accepted);
      await service.allHandled(bodies.length);
      expect(new Set(service.handled)).to.deep.equal(new Set(payments));
    });

    it("rejects a missing, wrong or stale signature, and a changed body", async () => {
      const body = webhooks.body(newId());
      expect(await post(body, {})).to.deep.equal([401, "SIGNATURE_MISSING"]);
      const others = signed(body, { secret: "another secret" });
      expect(await post(body, others)).to.deep.equal([401, "SIGNATURE_INVALID"]);
      expect(await post(`${body} `, signed(body))).to.deep.equal([401, "SIGNATURE_INVALID"]);
      for (const offsetMs of [-302_000, 302_000])
        expect(await post(body, signed(body, { offsetMs }))).to.deep.equal([401, "SIGNATURE_STALE"]);
      for (const offsetMs of [-290_000, 290_000])
        expect(await post(body, signed(body, { offsetMs }))).to.deep.equal(accepted);
      await service.allHandled(1);
    });

    it("rejects a signed body that is no event, and ignores events of others' payments", async () => {
      for (const body of ["{", "[]", "null"])
        expect(await post(body), body).to.deep.equal([400, "WEBHOOK_MALFORMED"]);
      expect(await post(webhooks.foreignBody())).to.deep.equal(accepted);
      expect(await service.rows()).to.deep.equal([]);
    });
  });
}
