import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Card } from "../src/psp/cards.ts";
import { magicTokens } from "../src/psp/magic-tokens.ts";
import type { Operation } from "../src/psp/payment.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { responseOrNone, get, operate, resultOf } from "./support/psp-client.ts";
import { manualScheduler } from "./support/manual-scheduler.ts";
import {
  findPayment,
  ledgerOf,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspBody,
} from "./support/sandbox-client.ts";

/** The response to a token's payment of 4900, and its state by GET and ledger afterwards. */
type Row = { readonly response: string; readonly then: string; readonly repeat?: string };

const approved: Row = { response: "200 succeeded", then: "succeeded, 4900 captured" };
const declined = (code: string): Row => ({ response: `402 ${code}`, then: "declined, 0 captured" });

const rows: Readonly<Record<string, Row>> = {
  tok_approve: approved,
  tok_50ms: approved,
  tok_slow: approved,
  tok_requires_action: { response: "200 requires_action", then: "requires_action, 0 captured" },
  tok_wrong_amount: { response: "200 succeeded", then: "succeeded, 4899 captured" },
  tok_decline: declined("insufficient_funds soft"),
  tok_decline_hard: declined("stolen_card hard"),
  tok_decline_insufficient_funds: declined("insufficient_funds soft"),
  tok_decline_do_not_honor: declined("do_not_honor soft"),
  tok_decline_try_again_later: declined("try_again_later soft"),
  tok_decline_issuer_unavailable: declined("issuer_unavailable soft"),
  tok_decline_stolen_card: declined("stolen_card hard"),
  tok_decline_lost_card: declined("lost_card hard"),
  tok_decline_expired_card: declined("expired_card hard"),
  tok_decline_fraudulent: declined("fraudulent hard"),
  tok_decline_incorrect_cvc: declined("incorrect_cvc hard"),
  tok_timeout_before_charge: { response: "no response", repeat: "no response", then: "404" },
  tok_timeout_after_charge: { ...approved, response: "no response", repeat: "200 succeeded" },
  tok_reply_lost: { ...approved, response: "cut off", repeat: "200 succeeded" },
  tok_webhook_only: { ...approved, response: "no response", repeat: "no response" },
  tok_capture_timeout: approved,
  tok_void_timeout: approved,
  tok_refund_timeout: approved,
  tok_refund_pending: approved,
  tok_refund_pending_then_failed: approved,
  tok_refund_failed: approved,
  tok_refund_fails_later: approved,
  tok_dispute_opened: approved,
  tok_dispute_won: approved,
  tok_dispute_lost: approved,
  tok_dashboard_capture: approved,
  tok_dashboard_void: approved,
  tok_dashboard_refund: approved,
  tok_webhook_duplicate: approved,
  tok_webhook_late: approved,
  tok_webhook_early: approved,
  tok_webhook_out_of_order: approved,
};

describe("magic tokens", () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startTestSandbox();
  });

  after(() => sandbox.close());

  it("each have a row in this test", () => {
    expect(Object.keys(rows).sort()).to.eql([...magicTokens.keys()].sort());
  });

  for (const [token, { response, then, repeat = response }] of Object.entries(rows)) {
    it(`${token}: ${response}; then ${then}`, async () => {
      const request = paymentRequest({ token });
      const key = randomUUID();
      // A request without a response is over once GET shows its payment.
      const isDone = async () => then === "404" || (await stateOf(request.payment_id)) === then;
      for (const expected of [response, repeat])
        expect(await responseTo(request, key, expected === "no response" ? isDone : undefined)).to.equal(
          expected,
        );
      expect(await stateOf(request.payment_id)).to.equal(then);
      const taken = (await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).map(({ amount }) => amount);
      expect(taken).to.eql(then.startsWith("succeeded") ? [Number(/\d+/.exec(then)?.[0])] : []);
    });

    it(`${token}: has a masked card`, async () => {
      const { status, body } = await get<Card & { token: string }>(sandbox, `/tokens/${token}`);
      expect(status).to.equal(200);
      expect(body).to.have.all.keys("token", "brand", "last4", "exp_month", "exp_year");
      expect(body.token).to.equal(token);
      expect(body.last4).to.match(/^\d{4}$/);
      expect(body.exp_month).to.be.within(1, 12);
      expect(body.exp_year > 2026).to.equal(token !== "tok_decline_expired_card");
    });
  }

  it("have no card for an unknown token", async () => {
    for (const token of ["tok_other", "constructor", "__proto__", "%00", "4242424242424242"]) {
      const { status, body } = await get<PspBody>(sandbox, `/tokens/${token}`);
      expect([status, body.error.code]).to.eql([404, "token_not_found"]);
    }
  });

  it("tok_wrong_amount: authorizes one minor unit less, and never zero", async () => {
    const held = await pay(sandbox, paymentRequest({ token: "tok_wrong_amount", capture: false }));
    expect(held.body).to.include({ status: "authorized", amount: 4899, authorized: 4899 });
    const least = await pay(sandbox, paymentRequest({ token: "tok_wrong_amount", amount: 1 }));
    expect(least.body).to.include({ captured: 1 });
  });

  for (const [token, what, capture, moved] of [
    ["tok_capture_timeout", "captures", false, "capture 60"],
    ["tok_refund_timeout", "refunds", true, "refund 60"],
    ["tok_void_timeout", "voids", false, "void 4900"],
  ] as const) {
    it(`${token}: executes once without a response; GET and a repeat return the result`, async () => {
      const request = paymentRequest({ token, capture });
      await pay(sandbox, request);
      const key = randomUUID();
      const body = what === "voids" ? {} : { amount: 60 };
      const send = (signal?: AbortSignal) =>
        operate(sandbox, request.payment_id, what, body, { key, ...(signal && { signal }) });
      const find = () => get<Operation>(sandbox, `/payments/${request.payment_id}/operations/${key}`);
      expect(await responseOrNone(send, async () => (await find()).status === 200)).to.equal("no response");
      expect((await find()).body.status).to.equal("succeeded");
      expect(await send()).to.deep.include({ status: 200, replayed: true });
      const entries = await ledgerOf(sandbox, `payment_id=${request.payment_id}`);
      expect(entries.slice(1).map(({ type, amount }) => `${type} ${amount}`)).to.eql([moved]);
    });
  }

  it("tok_refund_failed: declines a refund at once and moves no money", async () => {
    const request = paymentRequest({ token: "tok_refund_failed" });
    await pay(sandbox, request);
    const key = randomUUID();
    const { status, body } = await operate(sandbox, request.payment_id, "refunds", { amount: 60 }, { key });
    expect([status, body.error.code, body.error.retryable]).to.eql([402, "expired_or_canceled_card", false]);
    expect(body.operation).to.include({ status: "failed", failure_code: "expired_or_canceled_card" });
    expect(body.payment.refunded).to.equal(0);
    const again = await operate(sandbox, request.payment_id, "refunds", { amount: 60 }, { key });
    expect(again).to.eql({ status, replayed: true, body });
    expect(await ledgerOf(sandbox, `payment_id=${request.payment_id}`)).to.have.length(1);
  });

  for (const [token, end, refunded] of [
    ["tok_refund_pending", "succeeded", 60],
    ["tok_refund_pending_then_failed", "failed", 0],
  ] as const) {
    it(`${token}: a refund is pending, and has ${end} after 2 s`, async () => {
      const scheduler = manualScheduler();
      const bench = await startTestSandbox({ scheduler });
      const request = paymentRequest({ token });
      await pay(bench, request);
      const key = randomUUID();
      const { status, body } = await operate(bench, request.payment_id, "refunds", { amount: 60 }, { key });
      expect([status, body.operation.status, body.payment.refunded]).to.eql([200, "pending", 0]);
      const exceeding = await operate(bench, request.payment_id, "refunds", { amount: 4_841 });
      expect([exceeding.status, exceeding.body.error.code]).to.eql([409, "refund_exceeds_captured"]);
      scheduler.advance(1_999);
      expect(await ledgerOf(bench, `payment_id=${request.payment_id}`)).to.have.length(1);
      scheduler.advance(1);
      const found = await get<Operation>(bench, `/payments/${request.payment_id}/operations/${key}`);
      expect(found.body).to.include({ id: body.operation.id, status: end });
      expect((await findPayment(bench, request.payment_id)).body.refunded).to.equal(refunded);
      const moved = (await ledgerOf(bench, `payment_id=${request.payment_id}`)).slice(1);
      expect(moved.map(({ amount, idempotency_key }) => [amount, idempotency_key])).to.eql(
        refunded ? [[60, key]] : [],
      );
      await bench.close();
    });
  }

  async function responseTo(request: object, key: string, isDone?: () => Promise<boolean>): Promise<string> {
    const response = isDone
      ? await responseOrNone((signal) => pay(sandbox, request, { key, signal }), isDone)
      : await resultOf(pay(sandbox, request, { key }));
    if (typeof response === "string") return response;
    const { status, body } = response;
    if (status === 200) return `200 ${body.status}`;
    return `${status} ${body.error.code} ${body.error.retryable ? "soft" : "hard"}`;
  }

  async function stateOf(paymentId: string): Promise<string> {
    const { status, body } = await findPayment(sandbox, paymentId);
    return status === 200 ? `${body.status}, ${body.captured} captured` : `${status}`;
  }
});
