import { expect } from "chai";
import type { Sandbox } from "../src/sandbox.ts";
import { operate } from "./support/psp-client.ts";
import {
  findPayment,
  ledgerOf,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspBody,
} from "./support/sandbox-client.ts";

describe("a payment in requires_action", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  it("shows the payer a page with the amount, which decides nothing by itself", async () => {
    const payment = await waiting();
    const page = await fetch(`${payment.action_url}?result=approve`);
    expect(page.headers.get("content-type")).to.include("text/html");
    expect(await page.text())
      .to.include("EUR 49.00")
      .and.to.include("approve");
    expect((await findPayment(sandbox, payment.id)).body.status).to.equal("requires_action");
    expect(await ledgerOf(sandbox, `payment_id=${payment.payment_id}`)).to.eql([]);
  });

  for (const [capture, status, type] of [
    [true, "succeeded", "charge"],
    [false, "authorized", "authorize"],
  ] as const) {
    it(`is ${status} once the payer approves, under the idempotency key of its request`, async () => {
      const payment = await waiting({ capture });
      expect(await act(payment, "approve")).to.include({ status: 200 });
      expect((await findPayment(sandbox, payment.id)).body.status).to.equal(status);
      const [entry, ...more] = await ledgerOf(sandbox, `payment_id=${payment.payment_id}`);
      expect(entry).to.include({ type, amount: 4900, idempotency_key: `key-${payment.payment_id}` });
      expect(more).to.eql([]);
    });
  }

  it("is declined as retryable once the payer declines", async () => {
    const payment = await waiting();
    await act(payment, "decline");
    const { body } = await findPayment(sandbox, payment.id);
    expect(body).to.include({ status: "declined", decline_code: "authentication_failed", retryable: true });
    expect(await ledgerOf(sandbox, `payment_id=${payment.payment_id}`)).to.eql([]);
  });

  it("accepts one decision of its payer out of many concurrent ones", async () => {
    const payment = await waiting();
    const clicks = ["approve", "decline", "approve", "decline"].map((result) => act(payment, result));
    expect((await Promise.all(clicks)).map(({ status }) => status).sort()).to.eql([200, 409, 409, 409]);
  });

  it("can be voided, and can be neither captured nor refunded", async () => {
    const payment = await waiting();
    for (const what of ["captures", "refunds"] as const) {
      expect((await operate(sandbox, payment.id, what, { amount: 1 })).status).to.equal(409);
    }
    expect((await operate(sandbox, payment.id, "voids")).body.payment.status).to.equal("voided");
    expect((await act(payment, "approve")).status).to.equal(409);
    expect(await (await fetch(payment.action_url!)).text()).to.include("Nothing to do");
    expect(await ledgerOf(sandbox, `payment_id=${payment.payment_id}`)).to.eql([]);
  });

  it("rejects an unknown result with 400 and an unknown payment with 404", async () => {
    const payment = await waiting();
    expect((await act(payment, "maybe")).status).to.equal(400);
    expect((await fetch(payment.action_url!, { method: "POST" })).status).to.equal(400);
    const unknown = `${sandbox.pspUrl}/payments/<script>/action`;
    expect((await fetch(unknown)).status).to.equal(404);
    expect((await fetch(`${unknown}?result=approve`, { method: "POST" })).status).to.equal(404);
  });

  async function waiting(changes: Record<string, unknown> = {}): Promise<PspBody> {
    const request = paymentRequest({ token: "tok_requires_action", ...changes });
    const { status, body } = await pay(sandbox, request, { key: `key-${request.payment_id}` });
    expect([status, body.status]).to.eql([200, "requires_action"]);
    expect(body.action_url).to.equal(`${sandbox.pspUrl}/payments/${body.id}/action`);
    return body;
  }

  /** The request of the page's form. */
  function act({ action_url }: PspBody, result: string): Promise<Response> {
    return fetch(`${action_url}?result=${result}`, { method: "POST", body: "" });
  }
});
