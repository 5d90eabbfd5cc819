import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Sandbox } from "../src/sandbox.ts";
import {
  findPayment,
  isTimeout,
  ledgerOf,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspAnswer,
} from "./sandbox-client.ts";

describe("a provider that is slow or silent", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  /** Waits for an answer no longer than this; undefined where none came. */
  function payWithin(timeoutMs: number, request: object, key: string): Promise<PspAnswer | undefined> {
    return pay(sandbox, request, { key, timeoutMs }).catch((error: unknown) => {
      if (isTimeout(error)) return undefined;
      throw error;
    });
  }

  it("tok_slow: charges once and gives everybody with the key the same answer, after a second", async () => {
    const request = paymentRequest({ token: "tok_slow" });
    const key = randomUUID();
    const began = performance.now();
    const answers = await Promise.all([pay(sandbox, request, { key }), pay(sandbox, request, { key })]);
    expect(performance.now() - began).to.be.within(950, 4_000);
    expect(answers[0].body.status).to.equal("succeeded");
    expect(answers[1].body).to.eql(answers[0].body);
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
    expect((await payWithin(500, request, key))?.body).to.eql(answers[0].body);
  });

  it("tok_timeout_before_charge: never answers, knows nothing of it, however often it is repeated", async () => {
    const request = paymentRequest({ token: "tok_timeout_before_charge" });
    const key = randomUUID();
    expect(await payWithin(200, request, key)).to.equal(undefined);
    expect(await payWithin(200, request, key)).to.equal(undefined);
    expect((await findPayment(sandbox, request.payment_id)).status).to.equal(404);
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.eql([]);
  });

  it("tok_timeout_after_charge: takes the money, leaves every waiting caller without an answer", async () => {
    const request = paymentRequest({ token: "tok_timeout_after_charge" });
    const key = randomUUID();
    const answers = await Promise.all([payWithin(300, request, key), payWithin(300, request, key)]);
    expect(answers).to.eql([undefined, undefined]);
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
  });

  it("tok_timeout_after_charge: tells repeats after the time-out what happened, and charges no second time", async () => {
    const callers = Array.from({ length: 20 }, async () => {
      const request = paymentRequest({ token: "tok_timeout_after_charge" });
      const key = randomUUID();
      expect(await payWithin(200, request, key)).to.equal(undefined);
      const repeat = await pay(sandbox, request, { key });
      expect(repeat).to.include({ status: 200, replayed: true });
      expect(repeat.body.status).to.equal("succeeded");
      expect((await findPayment(sandbox, request.payment_id)).body).to.eql(repeat.body);
      expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
    });
    await Promise.all(callers);
  });

  it("goes on serving others while a thousand callers wait for answers that never come", async () => {
    const stop = new AbortController();
    const waiting = Array.from({ length: 1_000 }, () => {
      const { signal } = stop;
      const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
      const body = JSON.stringify(paymentRequest({ token: "tok_timeout_before_charge" }));
      return fetch(`${sandbox.pspUrl}/payments`, { method: "POST", headers, body, signal }).then(
        () => "answered",
        () => "gone",
      );
    });
    expect((await pay(sandbox, paymentRequest())).status).to.equal(200);
    stop.abort();
    expect(new Set(await Promise.all(waiting))).to.eql(new Set(["gone"]));
  });
});
