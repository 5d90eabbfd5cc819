import { newId } from "@till/ids";
import { expect } from "chai";
import { eventAbout, secret, taken, webhookBench, type WebhookBench } from "../support/webhook-service.ts";

describe("The webhook door", () => {
  let bench: WebhookBench;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    bench = await webhookBench();
    bench.door = await bench.open("sandbox");
  });
  afterEach(() => bench?.close());

  it("answers only once the event is written down, and not before", async () => {
    await bench.db.pool.query("ALTER TABLE provider_event RENAME TO away");
    const body = eventAbout(newId());
    expect(await bench.post(body)).to.deep.equal([503, "UNAVAILABLE"]);
    await bench.db.pool.query("ALTER TABLE away RENAME TO provider_event");
    expect(await bench.post(body)).to.deep.equal(taken);
    await bench.allHandled(1);
  });

  it("refuses what is not signed, signed by somebody else, or changed, and audits it", async () => {
    const body = eventAbout(newId());
    expect(await bench.post(body, "")).to.deep.equal([401, "SIGNATURE_MISSING"]);
    expect(await bench.post(body, bench.signed(body, { key: "another secret" }))).to.deep.equal([
      401,
      "SIGNATURE_INVALID",
    ]);
    expect(await bench.post(`${body} `, bench.signed(body))).to.deep.equal([401, "SIGNATURE_INVALID"]);
    for (const header of [
      "t=1",
      "v1=00",
      `t=x,${bench.signed(body)}`.replace(/t=\d+,/, ""),
      "t=,v1=",
      "=,=,,",
    ])
      expect(await bench.post(body, header), header).to.deep.equal([401, "SIGNATURE_INVALID"]);
    expect(bench.audited).to.have.length(8);
    expect(bench.audited[1]).to.include({
      actor: "anonymous",
      action: "webhooks/sandbox",
      result: "SIGNATURE_INVALID",
    });
    expect(bench.audited[1]!.origin).to.match(/^127\.0\.0\.1:\d+$/);
    expect(await bench.rows()).to.deep.equal([]);
  });

  it("takes a body that is signed with the old and the new secret", async () => {
    const body = eventAbout(newId());
    const [time, other] = bench.signed(body, { key: "the other secret" }).split(",");
    expect(await bench.post(body, `${time},${other},${bench.signed(body).split(",")[1]}`)).to.deep.equal(
      taken,
    );
  });

  it("refuses what was signed more than five minutes ago, or will be", async () => {
    const body = eventAbout(newId());
    for (const offset of [-301, 301])
      expect(await bench.post(body, bench.signed(body, { at: bench.nowMs + offset * 1000 }))).to.deep.equal([
        401,
        "SIGNATURE_STALE",
      ]);
    for (const offset of [-299, 299])
      expect(await bench.post(body, bench.signed(body, { at: bench.nowMs + offset * 1000 }))).to.deep.equal(
        taken,
      );
  });

  it("refuses what is no event, and what is too large", async () => {
    for (const body of ["", "null", "{", "[]", `{"id":"evt_1"}`, eventAbout(newId(), "evt \u0000")])
      expect(await bench.post(body), body).to.deep.equal([400, "WEBHOOK_MALFORMED"]);
    const large = eventAbout("x".repeat(70_000));
    expect(await bench.post(large)).to.deep.equal([413, "WEBHOOK_TOO_LARGE"]);
    expect(await bench.rows()).to.deep.equal([]);
  });

  it("takes the provider's word about other people's payments, and forgets it", async () => {
    expect(await bench.post(eventAbout("order-17"))).to.deep.equal(taken);
    expect(await bench.rows()).to.deep.equal([]);
  });

  it("has nothing else behind it", async () => {
    const url = `http://127.0.0.1:${bench.door!.port}`;
    for (const path of ["/", "/metrics", "/webhooks", "/webhooks/stripe", "/webhooks/sandbox/x"])
      expect((await fetch(`${url}${path}`)).status, path).to.equal(404);
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
      expect((await fetch(`${url}/webhooks/sandbox`, { method })).status, method).to.equal(404);
  });

  it("is not opened without a secret", async () => {
    for (const kind of ["sandbox", "stripe"] as const)
      expect(await bench.open(kind, null)).to.equal(undefined);
  });

  it("says nothing of secrets, signatures or bodies in its log", async () => {
    const body = eventAbout(newId());
    await bench.post(body);
    await bench.post(body, bench.signed(body, { key: "another secret" }));
    await bench.allHandled(1);
    const all = bench.lines.join("");
    expect(all).to.include("webhook refused");
    for (const hidden of [secret, bench.signed(body), "created"]) expect(all).to.not.include(hidden);
  });
});
