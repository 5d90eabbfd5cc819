import { expect } from "chai";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Sandbox } from "../src/sandbox.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("the PSP, given hostile input", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(async () => {
    expect(await ledgerOf(sandbox)).to.eql([]);
    await sandbox.close();
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ["an amount of 0", paymentRequest({ amount: 0 })],
    ["a negative amount", paymentRequest({ amount: -1 })],
    ["half a cent", paymentRequest({ amount: 4900.5 })],
    ["an amount in words", paymentRequest({ amount: "4900" })],
    ["more money than there is", paymentRequest({ amount: 1_000_000_000_000_000 })],
    ["an infinite amount", JSON.stringify(paymentRequest()).replace("4900", "1e400")],
    ["an unknown currency", paymentRequest({ currency: "EURO" })],
    ["a currency in lower case", paymentRequest({ currency: "eur" })],
    ["no token", paymentRequest({ token: undefined })],
    ["an endless token", paymentRequest({ token: "t".repeat(256) })],
    ["a NUL byte in an id", paymentRequest({ order_id: "a\0b" })],
    ["a path for an id", paymentRequest({ payment_id: "../../etc" })],
    ["capture in words", paymentRequest({ capture: "yes" })],
    ["a misspelt field", paymentRequest({ captured: false })],
    ["a list", "[]"],
    ["nothing", "null"],
    ["no JSON", "{"],
    ["an empty body", ""],
    ["a prototype", '{"__proto__": {"amount": 1}}'],
    ["deep nesting", "[".repeat(30_000)],
  ];
  for (const [what, body] of bad) {
    it(`returns 400 without internal detail for ${what}`, async () => {
      const response = await pay(sandbox, body);
      expect(response.status).to.equal(400);
      expect(response.body.error.code).to.equal("invalid_request");
      expect(response.body).to.have.all.keys("error");
      expect(JSON.stringify(response.body)).not.to.match(/node_modules|\.ts:/);
    });
  }

  it("requires a valid idempotency key", async () => {
    for (const key of ["", "two words", "k".repeat(256)]) {
      const { status, body } = await pay(sandbox, paymentRequest(), { key });
      expect([status, body.error.code]).to.eql([400, "idempotency_key_required"]);
    }
  });

  it("accepts only JSON bodies of up to 64 KB", async () => {
    expect((await pay(sandbox, paymentRequest({ token: "t".repeat(70_000) }))).status).to.equal(413);
    const xml = { method: "POST", headers: { "content-type": "application/xml" }, body: "<xml/>" };
    const response = await fetch(`${sandbox.pspUrl}/payments`, xml);
    expect(response.status).to.equal(415);
  });

  it("returns 404 for an unknown path and 400 for a malformed one, as JSON", async () => {
    for (const [path, status] of [
      ["/psp/v2/payments", 404],
      ["/psp/v1/payments/%00", 404],
      ["/psp/v1/payments/%zz", 400],
      ["/psp/ledger?order=1", 400],
      ["/psp/ledger?order_id=1&order_id=2", 400],
      ["/psp/ledger?from=yesterday", 400],
      ["/psp/ledger?until=2026-02-30T00:00:00Z", 400],
      ["/psp/ledger?from=2026-01-31T12:00:00Z%00", 400],
      [`/psp/v1/payments/p/operations/${"k".repeat(1_001)}`, 414],
      ["/psp/v1/payments/__proto__/operations/constructor", 404],
      ["/psp/v1/tokens/", 404],
    ] as const) {
      const response = await fetch(sandbox.url + path);
      expect(response.status, path).to.equal(status);
      expect(await response.json(), path).to.have.nested.property("error.code");
    }
    expect((await findPayment(sandbox, "__proto__")).status).to.equal(404);
  });

  it("survives input that is not HTTP", async () => {
    const socket = connect(sandbox.httpPort, "127.0.0.1");
    await once(socket, "connect");
    socket.end("\0\x16\x03\x01 GET GET\r\n\r\n");
    expect(await text(socket)).to.match(/^HTTP\/1\.1 400/);
    expect((await fetch(sandbox.url)).status).to.equal(200);
  });
});
