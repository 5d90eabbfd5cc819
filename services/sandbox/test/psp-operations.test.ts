import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Sandbox } from "../src/sandbox.ts";
import { get, operate } from "./support/psp-client.ts";
import {
  findPayment,
  ledgerOf,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspBody,
} from "./support/sandbox-client.ts";

describe("POST /psp/v1/payments/:id/captures, /voids, /refunds", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  it("captures in parts, refunds in part, and records every movement in the ledger", async () => {
    const id = await newPayment({ capture: false });
    const part = await operate(sandbox, id, "captures", { amount: 60 }, { key: `c1-${id}` });
    expect(part).to.deep.include({ status: 200, replayed: false });
    expect(part.body.operation).to.include({
      key: `c1-${id}`,
      type: "capture",
      amount: 60,
      status: "succeeded",
    });
    expect(part.body.operation.id).to.match(/^op_/);
    expect(part.body.payment).to.include({ status: "authorized", authorized: 100, captured: 60 });
    const rest = await operate(
      sandbox,
      part.body.payment.id,
      "captures",
      { amount: 40 },
      { key: `c2-${id}` },
    );
    expect(rest.body.payment).to.include({ status: "succeeded", captured: 100 });
    const back = await operate(sandbox, id, "refunds", { amount: 30 }, { key: `r1-${id}` });
    expect(back.body.payment).to.include({ status: "succeeded", captured: 100, refunded: 30 });
    expect((await findPayment(sandbox, id)).body).to.eql(back.body.payment);
    expect(await movementsOf(id)).to.eql(["authorize 100", "capture 60", "capture 40", "refund 30"]);
    const keys = (await ledgerOf(sandbox, `payment_id=${id}`)).map(({ idempotency_key }) => idempotency_key);
    expect(keys.slice(1)).to.eql([`c1-${id}`, `c2-${id}`, `r1-${id}`]);
  });

  it("voids an authorization, or its uncaptured rest", async () => {
    const whole = await newPayment({ capture: false });
    const { status, body } = await operate(sandbox, whole, "voids");
    expect([status, body.payment.status, body.operation.amount]).to.eql([200, "voided", 100]);
    const part = await newPayment({ capture: false });
    await operate(sandbox, part, "captures", { amount: 60 });
    expect((await operate(sandbox, part, "voids")).body.payment).to.include({
      status: "succeeded",
      captured: 60,
    });
    expect(await movementsOf(whole)).to.eql(["authorize 100", "void 100"]);
    expect(await movementsOf(part)).to.eql(["authorize 100", "capture 60", "void 40"]);
  });

  it("finds an operation by its key, with any visible characters", async () => {
    const id = await newPayment();
    const key = `late:${id}/%2F?#&${"k".repeat(180)}`;
    const { body } = await operate(sandbox, id, "refunds", { amount: 1 }, { key });
    const found = await get(sandbox, `/payments/${id}/operations/${encodeURIComponent(key)}`);
    expect(found).to.eql({ status: 200, body: body.operation });
    for (const [path, code] of [
      [`/payments/${id}/operations/other`, "operation_not_found"],
      [`/payments/${randomUUID()}/operations/other`, "payment_not_found"],
    ] as const) {
      const missing = await get<PspBody>(sandbox, path);
      expect([missing.status, missing.body.error.code]).to.eql([404, code]);
    }
  });

  it("returns the first response to a repeated key, even after later operations", async () => {
    const id = await newPayment();
    const key = randomUUID();
    const first = await operate(sandbox, id, "refunds", { amount: 30 }, { key });
    await operate(sandbox, id, "refunds", { amount: 50 });
    expect(await operate(sandbox, id, "refunds", { amount: 30 }, { key })).to.eql({
      ...first,
      replayed: true,
    });
    expect(await movementsOf(id)).to.eql(["charge 100", "refund 30", "refund 50"]);
  });

  it("rejects a key that was used for another amount, payment or operation", async () => {
    const [id, other] = [await newPayment({ capture: false }), await newPayment({ capture: false })];
    const key = randomUUID();
    await operate(sandbox, id, "captures", { amount: 30 }, { key });
    for (const reuse of [
      () => operate(sandbox, id, "captures", { amount: 31 }, { key }),
      () => operate(sandbox, other, "captures", { amount: 30 }, { key }),
      () => operate(sandbox, id, "refunds", { amount: 30 }, { key }),
      () => operate(sandbox, id, "voids", {}, { key }),
      () => pay(sandbox, paymentRequest(), { key }),
    ]) {
      const { status, body } = await reuse();
      expect([status, body.error.code]).to.eql([409, "idempotency_error"]);
    }
    expect(await movementsOf(id)).to.eql(["authorize 100", "capture 30"]);
  });

  it("rejects operations that the state or the amounts forbid, and leaves the key unused", async () => {
    const taken = await newPayment();
    const held = await newPayment({ capture: false });
    const declined = await newPayment({ token: "tok_decline" });
    for (const [id, what, body, code] of [
      [taken, "captures", { amount: 1 }, "wrong_state"],
      [taken, "voids", {}, "wrong_state"],
      [taken, "refunds", { amount: 101 }, "refund_exceeds_captured"],
      [held, "captures", { amount: 101 }, "capture_exceeds_authorized"],
      [held, "refunds", { amount: 1 }, "wrong_state"],
      [declined, "captures", { amount: 1 }, "wrong_state"],
      [declined, "voids", {}, "wrong_state"],
      [declined, "refunds", { amount: 1 }, "wrong_state"],
    ] as const) {
      const response = await operate(sandbox, id, what, body);
      expect([response.status, response.body.error.code], `${what} ${code}`).to.eql([409, code]);
    }
    const key = randomUUID();
    expect((await operate(sandbox, held, "refunds", { amount: 10 }, { key })).status).to.equal(409);
    await operate(sandbox, held, "captures", { amount: 10 });
    expect((await operate(sandbox, held, "refunds", { amount: 10 }, { key })).status).to.equal(200);
    const unknown = await operate(sandbox, randomUUID(), "voids");
    expect([unknown.status, unknown.body.error.code]).to.eql([404, "payment_not_found"]);
  });

  for (const [what, made] of [
    ["captures", { capture: false }],
    ["refunds", { capture: true }],
  ] as const) {
    it(`lets exactly one of two concurrent ${what} of 60 of 100 succeed`, async () => {
      const rounds = Array.from({ length: 50 }, async () => {
        const id = await newPayment(made);
        const both = await Promise.all([1, 2].map(() => operate(sandbox, id, what, { amount: 60 })));
        expect(both.map(({ status }) => status).sort()).to.eql([200, 409]);
        expect((await movementsOf(id)).slice(1)).to.eql([`${what.slice(0, -1)} 60`]);
      });
      await Promise.all(rounds);
    });
  }

  it("lets a capture or a concurrent void succeed, never both", async () => {
    const rounds = Array.from({ length: 50 }, async () => {
      const id = await newPayment({ capture: false });
      const both = [operate(sandbox, id, "captures", { amount: 100 }), operate(sandbox, id, "voids")];
      expect((await Promise.all(both)).map(({ status }) => status).sort()).to.eql([200, 409]);
      expect(await movementsOf(id)).to.have.length(2);
    });
    await Promise.all(rounds);
  });

  it("runs an operation once for 50 concurrent requests with one key", async () => {
    const id = await newPayment();
    const key = randomUUID();
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => operate(sandbox, id, "refunds", { amount: 1 }, { key })),
    );
    expect(new Set(responses.map(({ body }) => body.operation.id)).size).to.equal(1);
    expect(await movementsOf(id)).to.eql(["charge 100", "refund 1"]);
  });

  for (const [what, body] of [
    ["captures", {}],
    ["captures", { amount: 0 }],
    ["captures", { amount: -60 }],
    ["refunds", { amount: 0.5 }],
    ["refunds", { amount: "60" }],
    ["refunds", { amount: 60, currency: "USD" }],
    ["refunds", { amount: 10 ** 15 }],
    ["voids", { amount: 60 }],
    ["voids", []],
  ] as const) {
    it(`returns 400 for ${what} with ${JSON.stringify(body)}`, async () => {
      const id = await newPayment({ capture: what !== "refunds" });
      const response = await operate(sandbox, id, what, body);
      expect([response.status, response.body.error.code]).to.eql([400, "invalid_request"]);
      expect(await movementsOf(id)).to.have.length(1);
    });
  }

  it("requires an idempotency key", async () => {
    const id = await newPayment();
    const response = await operate(sandbox, id, "refunds", { amount: 1 }, { key: "" });
    expect([response.status, response.body.error.code]).to.eql([400, "idempotency_key_required"]);
  });

  async function newPayment(changes: Record<string, unknown> = {}): Promise<string> {
    const request = paymentRequest({ amount: 100, ...changes });
    await pay(sandbox, request);
    return request.payment_id;
  }

  async function movementsOf(id: string): Promise<string[]> {
    const entries = await ledgerOf(sandbox, `payment_id=${id}`);
    return entries.map(({ type, amount }) => `${type} ${amount}`);
  }
});
