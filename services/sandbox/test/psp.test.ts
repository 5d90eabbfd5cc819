import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Sandbox } from "../src/sandbox.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("POST /psp/v1/payments", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox({ now: () => Date.UTC(2026, 0, 31, 12) });
  });

  after(() => sandbox.close());

  it("charges and records one ledger entry", async () => {
    const request = paymentRequest();
    const { status, body } = await pay(sandbox, request, { key: `charge-${request.payment_id}` });
    const { payment_id, order_id } = request;
    expect(status).to.equal(200);
    expect(body.id).to.match(/^ch_[0-9a-f]{32}$/);
    const at = "2026-01-31T12:00:00.000Z";
    const facts = { amount: 4900, currency: "EUR", payment_id, order_id };
    const sums = { authorized: 4900, captured: 4900, refunded: 0 };
    const card = { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 };
    const rest = { ...sums, card, operations: [], created_at: at };
    expect(body).to.eql({ id: body.id, status: "succeeded", ...facts, ...rest });
    const entries = await ledgerOf(sandbox, `payment_id=${payment_id}`);
    const idempotency_key = `charge-${payment_id}`;
    expect(entries).to.eql([{ id: entries[0]?.id, type: "charge", ...facts, idempotency_key, at }]);
    expect(entries[0]?.id).to.match(/^le_/);
  });

  it("authorizes with capture: false", async () => {
    const request = paymentRequest({ capture: false });
    const { body } = await pay(sandbox, request);
    expect(body).to.include({ status: "authorized", authorized: 4900, captured: 0 });
    const [entry] = await ledgerOf(sandbox, `order_id=${request.order_id}`);
    expect(entry?.type).to.equal("authorize");
  });

  it("makes the payment readable by the client's id and by the provider's", async () => {
    const request = paymentRequest();
    const { body } = await pay(sandbox, request);
    expect((await findPayment(sandbox, request.payment_id)).body).to.eql(body);
    expect((await findPayment(sandbox, body.id)).body).to.eql(body);
    const unknown = await findPayment(sandbox, randomUUID());
    expect([unknown.status, unknown.body.error.code]).to.eql([404, "payment_not_found"]);
  });

  for (const [token, code, retryable] of [
    ["tok_decline", "insufficient_funds", true],
    ["tok_decline_hard", "stolen_card", false],
    ["tok_of_nobody", "invalid_token", false],
    ["constructor", "invalid_token", false],
  ] as const) {
    it(`declines ${token} with ${code}, ${retryable ? "retryable" : "not retryable"}, and moves no money`, async () => {
      const request = paymentRequest({ token });
      const key = randomUUID();
      const { status, body } = await pay(sandbox, request, { key });
      expect([status, body.error.code, body.error.retryable]).to.eql([402, code, retryable]);
      expect(body.error.message).to.be.a("string").and.not.empty;
      const found = (await findPayment(sandbox, request.payment_id)).body;
      expect(found).to.include({ status: "declined", decline_code: code, retryable });
      expect(body.payment).to.eql(found);
      expect(await pay(sandbox, request, { key })).to.eql({ status, replayed: true, body });
      expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.eql([]);
    });
  }

  it("returns the first response to a repeated key and moves no money again", async () => {
    const request = paymentRequest();
    const key = randomUUID();
    const first = await pay(sandbox, request, { key });
    const reordered = Object.fromEntries(Object.entries(request).reverse());
    expect(await pay(sandbox, reordered, { key })).to.eql({ ...first, replayed: true });
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
  });

  it("rejects a key that was used for another payment", async () => {
    const request = paymentRequest();
    const key = randomUUID();
    await pay(sandbox, request, { key });
    for (const change of [
      { amount: 4901 },
      { token: "tok_decline" },
      { capture: false },
      { currency: "USD" },
    ]) {
      const { status, body } = await pay(sandbox, { ...request, ...change }, { key });
      expect([status, body.error.code]).to.eql([409, "idempotency_error"]);
    }
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
  });

  it("charges once for 100 concurrent requests with one key", async () => {
    const request = paymentRequest();
    const key = randomUUID();
    const responses = await Promise.all(Array.from({ length: 100 }, () => pay(sandbox, request, { key })));
    expect(new Set(responses.map(({ status, body }) => `${status} ${body.id}`))).to.have.property("size", 1);
    expect(responses.filter(({ replayed }) => !replayed)).to.have.length(1);
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
  });

  it("charges twice for two keys, so that a client without a stable key is detected", async () => {
    const request = paymentRequest();
    await pay(sandbox, request);
    const second = await pay(sandbox, request);
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(2);
    expect((await findPayment(sandbox, request.payment_id)).body.id).to.equal(second.body.id);
  });

  it("filters the ledger by time, the start inclusive, in any time zone", async () => {
    const times = [0, 1, 2].map((ms) => Date.UTC(2026, 0, 31, 12, 0, 0, ms));
    let now = 0;
    const clocked = await startTestSandbox({ now: () => now });
    for (const [n, time] of times.entries()) {
      now = time;
      await pay(clocked, paymentRequest({ amount: n + 1 }));
    }
    for (const [query, amounts] of [
      ["from=2026-01-31T12:00:00.001Z", [2, 3]],
      ["until=2026-01-31T12:00:00.001Z", [1]],
      ["from=2026-01-31T13:00:00.001%2B01:00&until=2026-01-31T07:00:00.002-05:00", [2]],
      ["from=2026-01-31T12:00:00Z&until=2026-01-31T12:00:00Z", []],
      ["from=2027-01-01T00:00:00Z", []],
    ] as const) {
      expect(
        (await ledgerOf(clocked, query)).map(({ amount }) => amount),
        query,
      ).to.eql(amounts);
    }
    await clocked.close();
  });

  it("lists the whole ledger without parameters, oldest first", async () => {
    const earlier = await ledgerOf(sandbox);
    const request = paymentRequest({ amount: 1500, currency: "JPY" });
    await pay(sandbox, request);
    const later = await ledgerOf(sandbox);
    expect(later.slice(0, -1)).to.eql(earlier);
    expect(later.at(-1)).to.include({ payment_id: request.payment_id, amount: 1500, currency: "JPY" });
  });

  it("pages the ledger with limit and after", async () => {
    const paged = await startTestSandbox();
    for (const amount of [1, 2, 3, 4, 5]) await pay(paged, paymentRequest({ amount }));
    const amounts: number[][] = [];
    let after = "";
    do {
      const response = await fetch(`${paged.ledgerUrl}?limit=2${after && `&after=${after}`}`);
      const page = (await response.json()) as { entries: { amount: number }[]; next?: string };
      amounts.push(page.entries.map(({ amount }) => amount));
      after = page.next ?? "";
    } while (after);
    expect(amounts).to.eql([[1, 2], [3, 4], [5]]);
    for (const limit of ["0", "1001", "many", "-1"])
      expect((await fetch(`${paged.ledgerUrl}?limit=${limit}`)).status, limit).to.equal(400);
    await paged.close();
  });
});
