import { newId } from "@till/ids";
import { expect } from "chai";
import { webhookSecret } from "../support/fixtures.ts";
import { webhookBody } from "../support/webhook-request.ts";
import {
  accepted,
  sandboxSettings,
  startWebhookService,
  stripeSettings,
  type WebhookService,
} from "../support/webhook-service.ts";

describe("The webhook server", () => {
  let service: WebhookService;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    service = await startWebhookService();
    service.server = await service.open();
  });
  afterEach(() => service?.close());

  it("responds 200 only when the event is stored", async () => {
    await service.db.pool.query("ALTER TABLE provider_event RENAME TO away");
    const body = webhookBody(newId());
    expect(await service.post(body)).to.deep.equal([503, "UNAVAILABLE"]);
    await service.db.pool.query("ALTER TABLE away RENAME TO provider_event");
    expect(await service.post(body)).to.deep.equal(accepted);
    await service.allHandled(1);
  });

  it("rejects a missing or wrong signature and a changed body, and audits it", async () => {
    const body = webhookBody(newId());
    expect(await service.post(body, "")).to.deep.equal([401, "SIGNATURE_MISSING"]);
    expect(await service.post(body, service.signatureOf(body, { secret: "another secret" }))).to.deep.equal([
      401,
      "SIGNATURE_INVALID",
    ]);
    expect(await service.post(`${body} `, service.signatureOf(body))).to.deep.equal([
      401,
      "SIGNATURE_INVALID",
    ]);
    for (const header of [
      "t=1",
      "v1=00",
      `t=x,${service.signatureOf(body)}`.replace(/t=\d+,/, ""),
      "t=,v1=",
      "=,=,,",
    ])
      expect(await service.post(body, header), header).to.deep.equal([401, "SIGNATURE_INVALID"]);
    expect(service.audited).to.have.length(8);
    expect(service.audited[1]).to.include({
      actor: "anonymous",
      action: "webhooks/sandbox",
      result: "SIGNATURE_INVALID",
    });
    expect(service.audited[1]!.peerAddress).to.match(/^127\.0\.0\.1:\d+$/);
    expect(await service.rows()).to.deep.equal([]);
  });

  it("accepts a body that is signed with the old and the new secret", async () => {
    const body = webhookBody(newId());
    const [time, other] = service.signatureOf(body, { secret: "the other secret" }).split(",");
    expect(
      await service.post(body, `${time},${other},${service.signatureOf(body).split(",")[1]}`),
    ).to.deep.equal(accepted);
  });

  it("rejects a malformed and an oversized body", async () => {
    for (const body of ["", "null", "{", "[]", `{"id":"evt_1"}`, webhookBody(newId(), { id: "evt \u0000" })])
      expect(await service.post(body), body).to.deep.equal([400, "WEBHOOK_MALFORMED"]);
    const large = webhookBody("x".repeat(70_000));
    expect(await service.post(large)).to.deep.equal([413, "WEBHOOK_TOO_LARGE"]);
    expect(await service.rows()).to.deep.equal([]);
  });

  it("serves no other path or method", async () => {
    const url = `http://127.0.0.1:${service.server!.port}`;
    for (const path of ["/", "/metrics", "/webhooks", "/webhooks/stripe", "/webhooks/sandbox/x"])
      expect((await fetch(`${url}${path}`)).status, path).to.equal(404);
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
      expect((await fetch(`${url}/webhooks/sandbox`, { method })).status, method).to.equal(404);
  });

  it("does not start without a secret", async () => {
    for (const settings of [sandboxSettings, stripeSettings])
      expect(await service.open({ ...settings, webhookSecret: undefined })).to.equal(undefined);
  });

  it("logs no secrets, signatures or bodies", async () => {
    const body = webhookBody(newId());
    await service.post(body);
    await service.post(body, service.signatureOf(body, { secret: "another secret" }));
    await service.allHandled(1);
    const all = service.logged.join("");
    expect(all).to.include("webhook rejected");
    for (const hidden of [webhookSecret, service.signatureOf(body), "created"])
      expect(all).to.not.include(hidden);
  });
});
