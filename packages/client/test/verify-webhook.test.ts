import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { verifyWebhook, type WebhookProblem } from "../src/webhooks.ts";
import { errorOf } from "./support/client-system.ts";

describe("verifyWebhook", () => {
  const newSecret = () => `whsec_${randomBytes(24).toString("base64")}`;
  const [secret, otherSecret] = [newSecret(), newSecret()];
  const body = JSON.stringify({ type: "order.confirmed", data: { total: "49.00", name: "Übung" } });
  const now = new Date("2026-11-30T12:00:00Z");
  const clock = { now: () => now.getTime() };

  function headersBy(key: string, { at = now, id = "msg_1", text = body } = {}) {
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(key).sign(id, at, text),
    };
  }

  const problemOf = async (call: Promise<unknown>) => (await errorOf(call)) as { problem: WebhookProblem };

  it("returns what the published Standard Webhooks library signs", async () => {
    const message = await verifyWebhook(headersBy(secret), body, secret, clock);
    expect(message).to.deep.equal({ id: "msg_1", timestamp: now, payload: JSON.parse(body) as unknown });
  });

  it("takes headers in any form, and the body as bytes", async () => {
    const headers = headersBy(secret);
    const inCapitals = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    for (const form of [headers, new Headers(headers), inCapitals])
      expect(await verifyWebhook(form, Buffer.from(body), secret, clock)).to.include({ id: "msg_1" });
  });

  it("takes a signature of any of several secrets, among several signatures", async () => {
    const headers = headersBy(secret);
    expect(await verifyWebhook(headers, body, [otherSecret, secret], clock)).to.include({ id: "msg_1" });
    const others = `v1a,AAAA v1,not-base64 ${headersBy(otherSecret)["webhook-signature"]}`;
    const both = { ...headers, "webhook-signature": `${others} ${headers["webhook-signature"]}` };
    expect(await verifyWebhook(both, body, secret, clock)).to.include({ id: "msg_1" });
  });

  it("rejects another secret, another body, another id and another time", async () => {
    const headers = headersBy(secret);
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    for (const call of [
      verifyWebhook(headers, body, otherSecret, clock),
      verifyWebhook(headers, `${body} `, secret, clock),
      verifyWebhook({ ...headers, "webhook-id": "msg_2" }, body, secret, clock),
      verifyWebhook({ ...headers, "webhook-timestamp": later }, body, secret, clock),
      verifyWebhook({ ...headers, "webhook-signature": "v2,AAAA" }, body, secret, clock),
    ])
      expect(await problemOf(call)).to.include({ problem: "SIGNATURE_MISMATCH" });
  });

  it("rejects what is older or newer than its tolerance, and takes what is as old", async () => {
    const at = (seconds: number) => headersBy(secret, { at: new Date(now.getTime() + seconds * 1000) });
    expect(await problemOf(verifyWebhook(at(-301), body, secret, clock))).to.include({
      problem: "TIMESTAMP_TOO_OLD",
    });
    expect(await problemOf(verifyWebhook(at(301), body, secret, clock))).to.include({
      problem: "TIMESTAMP_TOO_NEW",
    });
    expect(await verifyWebhook(at(-300), body, secret, clock)).to.include({ id: "msg_1" });
    const patient = { ...clock, toleranceSeconds: 3600 };
    expect(await verifyWebhook(at(-3600), body, secret, patient)).to.include({ id: "msg_1" });
  });

  it("names what is missing or not valid", async () => {
    const headers = headersBy(secret);
    const without = (name: string) => ({ ...headers, [name]: undefined });
    const cases: [Promise<unknown>, WebhookProblem][] = [
      [verifyWebhook(without("webhook-id"), body, secret, clock), "HEADERS_MISSING"],
      [verifyWebhook(without("webhook-signature"), body, secret, clock), "HEADERS_MISSING"],
      [verifyWebhook({ ...headers, "webhook-timestamp": "soon" }, body, secret, clock), "TIMESTAMP_INVALID"],
      [verifyWebhook(headers, body, "whsec_%", clock), "SECRET_INVALID"],
      [verifyWebhook(headers, body, [], clock), "SECRET_INVALID"],
      [verifyWebhook(headersBy(secret, { text: "no JSON" }), "no JSON", secret, clock), "BODY_INVALID"],
    ];
    for (const [call, problem] of cases) expect(await problemOf(call)).to.include({ problem });
  });
});
