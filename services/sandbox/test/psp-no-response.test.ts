import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { eventually } from "../../../test/support/eventually.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { responseOrNone, payWithoutResponse } from "./support/psp-client.ts";
import { manualScheduler } from "./support/manual-scheduler.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("POST /psp/v1/payments without a timely response", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  function entriesOf({ payment_id }: ReturnType<typeof paymentRequest>, of = sandbox) {
    return ledgerOf(of, `payment_id=${payment_id}`);
  }

  it("tok_slow: charges once and returns the same response to every request with the key, after a second", async () => {
    const scheduler = manualScheduler();
    const slow = await startTestSandbox({ scheduler });
    const request = paymentRequest({ token: "tok_slow" });
    const key = randomUUID();
    let responses = 0;
    const send = () => pay(slow, request, { key }).finally(() => (responses += 1));
    const both = Promise.all([send(), send()]);
    await eventually(async () => expect(await entriesOf(request, slow)).to.have.length(1));
    expect(scheduler.dueIn()).to.eql([1_000]);
    scheduler.advance(999);
    expect((await findPayment(slow, request.payment_id)).body.status).to.equal("succeeded");
    expect(responses).to.equal(0);
    scheduler.advance(1);
    const [one, other] = await both;
    expect(one.body.status).to.equal("succeeded");
    expect(other.body).to.eql(one.body);
    expect((await send()).body).to.eql(one.body);
    expect(await entriesOf(request, slow)).to.have.length(1);
    await slow.close();
  });

  it("tok_timeout_before_charge: never responds and never charges, on repeats too", async () => {
    const request = paymentRequest({ token: "tok_timeout_before_charge" });
    const key = randomUUID();
    for (let time = 0; time < 2; time++) {
      const send = (signal: AbortSignal) => pay(sandbox, request, { key, signal });
      expect(await responseOrNone(send, () => true)).to.equal("no response");
    }
    expect((await findPayment(sandbox, request.payment_id)).status).to.equal(404);
    expect(await entriesOf(request)).to.eql([]);
  });

  it("tok_timeout_after_charge: charges, and responds to no waiting request", async () => {
    const request = paymentRequest({ token: "tok_timeout_after_charge" });
    const key = randomUUID();
    const results = await Promise.all([1, 2].map(() => payWithoutResponse(sandbox, request, key)));
    expect(results).to.eql(["no response", "no response"]);
    expect(await entriesOf(request)).to.have.length(1);
  });

  it("tok_timeout_after_charge: returns the response to a repeat after the time-out, and charges no second time", async () => {
    const callers = Array.from({ length: 20 }, async () => {
      const request = paymentRequest({ token: "tok_timeout_after_charge" });
      const key = randomUUID();
      expect(await payWithoutResponse(sandbox, request, key)).to.equal("no response");
      const repeat = await pay(sandbox, request, { key });
      expect(repeat).to.include({ status: 200, replayed: true });
      expect(repeat.body.status).to.equal("succeeded");
      expect((await findPayment(sandbox, request.payment_id)).body).to.eql(repeat.body);
      expect(await entriesOf(request)).to.have.length(1);
    });
    await Promise.all(callers);
  });

  it("serves others while a thousand requests wait for a response", async () => {
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
