import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox, SandboxOptions } from "../src/sandbox.ts";
import { manualScheduler } from "./support/manual-scheduler.ts";
import { get, operate } from "./support/psp-client.ts";
import { findPayment, ledgerOf, pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("what happens to a PSP payment without a request of Till's", () => {
  let scheduler = manualScheduler();
  let sandbox: Sandbox;
  beforeEach(() => start());
  afterEach(() => sandbox.close());

  async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
    scheduler = manualScheduler();
    sandbox = await startTestSandbox({ scheduler, ...options });
  }

  for (const [token, state, returned] of [
    ["tok_dispute_won", "won", ["charge 4900 dispute_won"]],
    ["tok_dispute_lost", "lost", []],
    ["tok_dispute_opened", "needs_response", []],
  ] as const) {
    it(`${token}: a dispute is opened after 2 s, and is ${state} after 4 s`, async () => {
      const request = paymentRequest({ token });
      await pay(sandbox, request);
      scheduler.advance(1_999);
      expect((await findPayment(sandbox, request.payment_id)).body).not.to.have.property("dispute");
      scheduler.advance(1);
      const { dispute } = (await findPayment(sandbox, request.payment_id)).body;
      expect(dispute).to.include({ state: "needs_response", reason: "fraudulent", amount: 4900 });
      expect(dispute?.id).to.match(/^dp_[0-9a-f]{32}$/);
      expect(Date.parse(dispute!.respond_by)).to.be.above(Date.now());
      scheduler.advance(2_000);
      expect((await findPayment(sandbox, request.payment_id)).body.dispute).to.eql({ ...dispute, state });
      expect(await movements(request.payment_id)).to.eql(["charge 4900", "refund 4900 dispute", ...returned]);
      const closed = state === "needs_response" ? [] : ["dispute.closed"];
      expect(await eventTypes(request.payment_id)).to.eql(["payment.succeeded", "dispute.opened", ...closed]);
      expect(scheduler.dueIn()).to.eql([]);
    });
  }

  it("a refund of disputed money is rejected until the dispute is won", async () => {
    const request = paymentRequest({ token: "tok_dispute_won" });
    await pay(sandbox, request);
    scheduler.advance(2_000);
    const early = await operate(sandbox, request.payment_id, "refunds", { amount: 1 });
    expect([early.status, early.body.error.code]).to.eql([409, "charge_disputed"]);
    scheduler.advance(2_000);
    expect((await operate(sandbox, request.payment_id, "refunds", { amount: 4900 })).status).to.equal(200);
  });

  it("an authorization is disputed only once it is captured", async () => {
    const request = paymentRequest({ token: "tok_dispute_opened", capture: false });
    await pay(sandbox, request);
    expect(scheduler.dueIn()).to.eql([]);
    await operate(sandbox, request.payment_id, "captures", { amount: 900 });
    await operate(sandbox, request.payment_id, "captures", { amount: 4000 });
    scheduler.advance(2_000);
    const { dispute } = (await findPayment(sandbox, request.payment_id)).body;
    expect(dispute).to.include({ state: "needs_response", amount: 4900 });
  });

  it("tok_refund_fails_later: a refund succeeds, and fails after 3 s with its money back", async () => {
    const request = paymentRequest({ token: "tok_refund_fails_later" });
    await pay(sandbox, request);
    const { body } = await operate(sandbox, request.payment_id, "refunds", { amount: 60 });
    expect([body.operation.status, body.payment.refunded]).to.eql(["succeeded", 60]);
    scheduler.advance(3_000);
    const payment = (await findPayment(sandbox, request.payment_id)).body;
    expect(payment.refunded).to.equal(0);
    expect(payment.operations[0]).to.include({
      id: body.operation.id,
      status: "failed",
      failure_code: "expired_or_canceled_card",
    });
    expect(await movements(request.payment_id)).to.eql([
      "charge 4900",
      "refund 60",
      "charge 60 refund_failed",
    ]);
    expect(await eventTypes(request.payment_id)).to.eql([
      "payment.succeeded",
      "refund.succeeded",
      "refund.failed",
    ]);
  });

  for (const [token, capture, moved] of [
    ["tok_dashboard_capture", false, ["authorize 4900", "capture 4900"]],
    ["tok_dashboard_void", false, ["authorize 4900", "void 4900"]],
    ["tok_dashboard_refund", true, ["charge 4900", "refund 4900"]],
  ] as const) {
    it(`${token}: ${moved[1]} is made in the dashboard after 2 s`, async () => {
      const request = paymentRequest({ token, capture });
      await pay(sandbox, request);
      scheduler.advance(2_000);
      expect(await movements(request.payment_id)).to.eql(moved);
      expect(await eventTypes(request.payment_id)).to.have.length(2);
    });
  }

  it("the dashboard's endpoints run an operation without an idempotency key", async () => {
    const request = paymentRequest({ capture: false });
    await pay(sandbox, request);
    for (const [what, amount] of [
      ["captures", 1_000],
      ["refunds", 400],
      ["voids", undefined],
    ] as const) {
      const url = `${sandbox.url}/psp/dashboard/payments/${request.payment_id}/${what}`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ amount }) });
      expect(response.status, what).to.equal(200);
    }
    expect(await movements(request.payment_id)).to.eql([
      "authorize 4900",
      "capture 1000",
      "refund 400",
      "void 3900",
    ]);
  });

  it("follow-ups and late failures are not lost in a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "till-follow-ups-"));
    const journal = join(folder, "journal");
    await sandbox.close();
    await start({ journal });
    const [disputed, refunded] = ["tok_dispute_won", "tok_refund_fails_later"].map((token) =>
      paymentRequest({ token }),
    ) as [Request, Request];
    for (const request of [disputed, refunded]) await pay(sandbox, request);
    await operate(sandbox, refunded.payment_id, "refunds", { amount: 60 });
    await sandbox.close();
    await start({ journal });
    scheduler.advance(2_000);
    await sandbox.close();
    await start({ journal });
    scheduler.advance(3_000);
    expect((await findPayment(sandbox, disputed.payment_id)).body.dispute?.state).to.equal("won");
    expect((await findPayment(sandbox, refunded.payment_id)).body.refunded).to.equal(0);
    await rm(folder, { recursive: true });
  });

  type Request = ReturnType<typeof paymentRequest>;

  async function movements(paymentId: string): Promise<string[]> {
    const entries = await ledgerOf(sandbox, `payment_id=${paymentId}`);
    return entries.map(({ type, amount, cause }) => [type, amount, cause].filter(Boolean).join(" "));
  }

  async function eventTypes(paymentId: string): Promise<string[]> {
    const { body } = await get<{ events: { type: string }[] }>(sandbox, `/events?payment_id=${paymentId}`);
    return body.events.map(({ type }) => type);
  }
});
