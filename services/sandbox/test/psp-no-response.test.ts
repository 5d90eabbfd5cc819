import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { eventually } from "../../../test/support/eventually.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { answerOrSilence, payInVain } from "./support/psp-client.ts";
import { manualTimers } from "./support/manual-scheduler.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("a provider that is slow or silent", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  function entriesOf({ payment_id }: ReturnType<typeof paymentRequest>, of = sandbox) {
    return ledgerOf(of, `payment_id=${payment_id}`);
  }

  it("tok_slow: charges once and gives everybody with the key the same answer, after a second", async () => {
    const timers = manualTimers();
    const slow = await startTestSandbox({ timers });
    const request = paymentRequest({ token: "tok_slow" });
    const key = randomUUID();
    let answered = 0;
    const ask = () => pay(slow, request, { key }).finally(() => (answered += 1));
    const asked = Promise.all([ask(), ask()]);
    await eventually(async () => expect(await entriesOf(request, slow)).to.have.length(1));
    expect(timers.dueIn()).to.eql([1_000]);
    timers.advance(999);
    expect((await findPayment(slow, request.payment_id)).body.status).to.equal("succeeded");
    expect(answered).to.equal(0);
    timers.advance(1);
    const [one, other] = await asked;
    expect(one.body.status).to.equal("succeeded");
    expect(other.body).to.eql(one.body);
    expect((await ask()).body).to.eql(one.body);
    expect(await entriesOf(request, slow)).to.have.length(1);
    await slow.close();
  });

  it("tok_timeout_before_charge: never answers, knows nothing of it, however often it is repeated", async () => {
    const request = paymentRequest({ token: "tok_timeout_before_charge" });
    const key = randomUUID();
    for (let time = 0; time < 2; time++) {
      const ask = (signal: AbortSignal) => pay(sandbox, request, { key, signal });
      expect(await answerOrSilence(ask, () => true)).to.equal("silence");
    }
    expect((await findPayment(sandbox, request.payment_id)).status).to.equal(404);
    expect(await entriesOf(request)).to.eql([]);
  });

  it("tok_timeout_after_charge: takes the money, leaves every waiting caller without an answer", async () => {
    const request = paymentRequest({ token: "tok_timeout_after_charge" });
    const key = randomUUID();
    const answers = await Promise.all([1, 2].map(() => payInVain(sandbox, request, key)));
    expect(answers).to.eql(["silence", "silence"]);
    expect(await entriesOf(request)).to.have.length(1);
  });

  it("tok_timeout_after_charge: tells repeats after the time-out what happened, and charges no second time", async () => {
    const callers = Array.from({ length: 20 }, async () => {
      const request = paymentRequest({ token: "tok_timeout_after_charge" });
      const key = randomUUID();
      expect(await payInVain(sandbox, request, key)).to.equal("silence");
      const repeat = await pay(sandbox, request, { key });
      expect(repeat).to.include({ status: 200, replayed: true });
      expect(repeat.body.status).to.equal("succeeded");
      expect((await findPayment(sandbox, request.payment_id)).body).to.eql(repeat.body);
      expect(await entriesOf(request)).to.have.length(1);
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
