import { expect } from "chai";
import { money } from "@till/money";
import { isChange } from "../decision.ts";
import { transitions, type Decision, type Payment, type PaymentStatus } from "../payment.ts";
import type { Outcome } from "../provider/provider.ts";
import { settle } from "../settling/payment-settle.ts";
import { giveUp, isAbandoned, refuseAttempt, resumeAttempt, suspendAttempt } from "./payment-attempt.ts";
import { requestPayment } from "./request-payment.ts";

const start = new Date("2026-01-02T03:04:05Z");
const later = (ms: number) => new Date(start.getTime() + ms);
const lease = 1_000;
/** `under`: the lease of the attempt that makes the change, the first one's unless it is said. */
const at = (ms: number, under: Date | undefined = later(lease)) => {
  return { now: later(ms), actor: "user:u", operationId: `op${ms}`, lease: under };
};
const amount = money("EUR", 4900n);

const pending = requestPayment(
  {
    id: "p",
    userId: "u",
    orderId: "o",
    amount,
    method: "card",
    paymentMethodId: undefined,
    wantsCapture: true,
    attemptUntil: later(lease),
    request: { callerId: "u", key: "k", hash: "h" },
  },
  at(0),
).payment;
const approved: Outcome = { kind: "approved", transactionId: "ch_1", amount };
const declined: Outcome = {
  kind: "declined",
  code: "insufficient_funds",
  reason: "no money",
  retryable: true,
};
const unknown: Outcome = { kind: "unknown", why: "no answer in time" };
const unsent: Outcome = { kind: "unsent", why: "ECONNREFUSED" };

const inDollars: Outcome = { ...approved, amount: money("USD", 4900n) };

const types = ({ history, events }: Decision) => [...history, ...events].map(({ type }) => type);
const after = (payment: Payment, ...outcomes: Outcome[]) =>
  outcomes.reduce((current, outcome) => settle(current, outcome, at(500)).payment, payment);

describe("An attempt to charge", () => {
  it("that is approved takes the whole amount, and is told once", () => {
    const decision = settle(pending, approved, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_PROCESSED", "payment.processed"]);
    expect(decision.payment).to.deep.include({ status: "PROCESSED", captured: amount, authorized: amount });
    expect(decision.payment).to.include({ transactionId: "ch_1", attemptUntil: undefined });
    expect(isChange(settle(decision.payment, approved, at(600)))).to.equal(false);
  });

  it("that is declined fails the payment, and is told once", () => {
    const decision = settle(pending, declined, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_DECLINED", "payment.failed"]);
    const { status, failure, request } = decision.payment;
    expect({ status, failure }).to.deep.equal({
      status: "FAILED",
      failure: { code: "insufficient_funds", reason: "no money", retryable: true },
    });
    expect(request, "its key answers the decline again").to.deep.equal(pending.request);
    expect(isChange(settle(decision.payment, declined, at(600)))).to.equal(false);
  });

  it("that has no answer leaves the payment UNKNOWN and untold", () => {
    const decision = settle(pending, unknown, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNKNOWN"]);
    expect(decision.payment).to.include({ status: "UNKNOWN", attemptUntil: undefined });
    expect(isChange(settle(decision.payment, unknown, at(600)))).to.equal(false);
  });

  it("that never reached the provider leaves the payment as it was", () => {
    const decision = settle(pending, unsent, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNREACHABLE"]);
    expect(decision.payment).to.include({ status: "PENDING", attemptUntil: undefined });
  });

  it("that took another amount fails the payment, and what was taken goes back", () => {
    const amount = money("EUR", 4901n);
    const decision = settle(pending, { ...approved, amount }, at(500));
    expect(types(decision)).to.deep.equal([
      "PAYMENT_WRONG_AMOUNT",
      "STRAY_CHARGE",
      "REFUND_REQUESTED",
      "payment.failed",
    ]);
    const { status, failure, captured, refunding } = decision.payment;
    expect({ status, code: failure?.code, captured, refunding }).to.deep.equal({
      ...{ status: "FAILED", code: "wrong_amount", captured: amount, refunding: amount },
    });
    expect(isChange(settle(decision.payment, { ...approved, amount }, at(600)))).to.equal(false);
  });

  it("that holds another amount fails the payment, and what is held is let go", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount: money("EUR", 1n) };
    const decision = settle(pending, held, at(500));
    expect(decision.payment.operations.map(({ kind, scope }) => [kind, scope])).to.deep.equal([
      ["void", "stray:p"],
    ]);
    expect(decision.payment).to.deep.include({ status: "FAILED", captured: money("EUR", 0n) });
  });

  it("is never a success in another currency, and somebody has to look at it", () => {
    const decision = settle(pending, inDollars, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNKNOWN"]);
    expect(decision.payment.captured.minorUnits).to.equal(0n);
    expect(decision.history[0]!.reason).to.include("ch_1");
  });

  it("that comes to light after all is settled like any other", () => {
    expect(after(pending, unknown, approved).status).to.equal("PROCESSED");
    expect(after(pending, unknown, declined).status).to.equal("FAILED");
  });

  it("moves no payment that has come to an end", () => {
    const open = ["PENDING", "UNKNOWN", "REQUIRES_ACTION"];
    const ended = (Object.keys(transitions) as PaymentStatus[]).filter((status) => !open.includes(status));
    for (const status of ended) {
      for (const outcome of [approved, declined, unknown, unsent]) {
        const { payment, events } = settle({ ...pending, status }, outcome, at(500));
        expect([payment.status, events], `${status}, ${outcome.kind}`).to.deep.equal([status, []]);
      }
    }
  });

  it("that charged a FAILED payment is written down once, and the money goes back", () => {
    const failed = after(pending, declined);
    const stray = settle(failed, approved, at(600));
    expect(types(stray)).to.deep.equal(["STRAY_CHARGE", "REFUND_REQUESTED"]);
    expect(stray.payment).to.deep.include({ status: "FAILED", transactionId: "ch_1", captured: amount });
    expect(stray.operations[0]).to.deep.include({ id: "op600", scope: "stray:p", amount, status: "PENDING" });
    expect(isChange(settle(stray.payment, approved, at(700)))).to.equal(false);
  });

  it("that the payer must confirm waits for the payer, whatever the provider's silence", () => {
    const action: Outcome = { kind: "requires-action", transactionId: "ch_1", url: "https://psp/act" };
    const decision = settle(pending, action, at(500));
    expect(types(decision)).to.deep.equal(["ACTION_REQUIRED"]);
    const waiting = decision.payment;
    expect(waiting).to.include({ status: "REQUIRES_ACTION", actionUrl: "https://psp/act" });
    for (const again of [action, unknown, unsent]) {
      expect(isChange(settle(waiting, again, at(600)))).to.equal(false);
    }
    expect(settle(waiting, approved, at(600)).payment).to.include({
      status: "PROCESSED",
      actionUrl: undefined,
    });
    expect(settle(waiting, declined, at(600)).payment.status).to.equal("FAILED");
  });

  it("that only holds the money is captured where it was to be taken, and only there", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount };
    const taking = settle(pending, held, at(500));
    expect(types(taking)).to.deep.equal(["PAYMENT_AUTHORIZED", "CAPTURE_REQUESTED", "payment.authorized"]);
    const holding = settle({ ...pending, wantsCapture: false }, held, at(500));
    expect(types(holding)).to.deep.equal(["PAYMENT_AUTHORIZED", "payment.authorized"]);
    expect(holding.payment).to.deep.include({ status: "AUTHORIZED", authorized: amount });
  });

  it("that holds money for an order that was cancelled lets go of it", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount };
    const decision = settle({ ...pending, isUnwanted: true }, held, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_AUTHORIZED", "VOID_REQUESTED", "payment.authorized"]);
  });
});

describe("Resuming an attempt", () => {
  const resume = (payment: Payment, ms: number) => resumeAttempt(payment, later(ms + lease), at(ms));

  it("is refused while a process is at work", () => {
    expect(() => resume(pending, lease - 1))
      .to.throw()
      .with.property("reason", "REQUEST_IN_PROGRESS");
  });

  it("says when it will be free, if nobody is done with it before: within half a second to one", () => {
    for (const [leftMs, hintMs] of [
      [30_000, 1_000],
      [700, 700],
      [1, 500],
    ] as const) {
      const busy = { ...pending, attemptUntil: later(leftMs) };
      expect(() => resume(busy, 0))
        .to.throw()
        .with.nested.property("facts.retryAfterMs", hintMs);
    }
  });

  it("takes an interrupted one for UNKNOWN: it may have charged", () => {
    const { payment, history } = resume(pending, lease);
    expect(payment).to.deep.include({ status: "UNKNOWN", attemptUntil: later(2 * lease) });
    expect(history[0]).to.include({ type: "PAYMENT_RESUMED", reason: "interrupted" });
  });

  it("leaves one PENDING that is known not to have charged", () => {
    const suspended = suspendAttempt(pending, "ORDER_UNREACHABLE", "UPSTREAM_UNAVAILABLE", at(500)).payment;
    expect(resume(suspended, 600).payment.status).to.equal("PENDING");
  });

  it("changes nothing where the payment has come to an end", () => {
    expect(isChange(resume(after(pending, approved), 600))).to.equal(false);
    expect(isChange(suspendAttempt(after(pending, approved), "X", "", at(600)))).to.equal(false);
  });
});

describe("An attempt that lost its lease to another one", () => {
  const other = later(3 * lease);
  const takenOver = resumeAttempt(pending, other, at(lease)).payment;
  const late = at(lease + 500);
  const ends: [string, (context: typeof late) => Decision][] = [
    ["has no answer", (context) => settle(takenOver, unknown, context)],
    ["did not reach the provider", (context) => settle(takenOver, unsent, context)],
    ["took money in another currency", (context) => settle(takenOver, inDollars, context)],
    ["did not reach the order service", (context) => suspendAttempt(takenOver, "X", "", context)],
    ["is refused", (context) => refuseAttempt(takenOver, "ORDER_NOT_PAYABLE", "", context)],
  ];
  for (const [what, end] of ends) {
    it(`and ${what} leaves the other one its lease, and its own end to the other one`, () => {
      expect(isChange(end(late))).to.equal(false);
      expect(end(at(lease + 500, other)).payment.attemptUntil).to.equal(undefined);
    });
  }

  it("still counts where it charged", () => {
    expect(settle(takenOver, approved, late).payment.status).to.equal("PROCESSED");
  });
});

describe("An attempt the order service refuses", () => {
  it("fails the payment, tells nobody and frees the key", () => {
    const decision = refuseAttempt(pending, "AMOUNT_MISMATCH", "the total is another", at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_REFUSED"]);
    expect(decision.payment).to.include({ status: "FAILED", request: undefined });
    expect(decision.payment.failure?.code).to.equal("AMOUNT_MISMATCH");
  });

  it("stays UNKNOWN where an earlier one may have charged", () => {
    const resumed = resumeAttempt(pending, later(3 * lease), at(lease)).payment;
    const decision = refuseAttempt(
      resumed,
      "ORDER_NOT_PAYABLE",
      "it is CANCELLED",
      at(lease + 1, later(3 * lease)),
    );
    expect(decision.payment).to.include({ status: "UNKNOWN", attemptUntil: undefined });
    expect(decision.payment.request).to.deep.equal(pending.request);
  });
});

describe("Giving a payment up", () => {
  const giveUpMs = 120_000;
  const give = (payment: Payment, ms: number, holdsSlot = true) =>
    giveUp(payment, { giveUpMs, holdsSlot }, { now: later(ms), actor: "janitor" });

  it("waits until the last attempt is long over", () => {
    expect(isAbandoned(pending, giveUpMs, later(lease + giveUpMs - 1))).to.equal(false);
    expect(isChange(give(pending, lease + giveUpMs - 1))).to.equal(false);
    const resumed = resumeAttempt(pending, later(100_000), at(90_000)).payment;
    expect(isChange(give(resumed, lease + giveUpMs))).to.equal(false);
    expect(isChange(give(resumed, 100_000 + giveUpMs))).to.equal(true);
  });

  it("fails it as something that may be tried again, and tells the order that waits for it", () => {
    const decision = give(after(pending, unknown), 500 + giveUpMs);
    expect(types(decision)).to.deep.equal(["PAYMENT_GIVEN_UP", "payment.failed"]);
    expect(decision.payment.failure).to.include({ code: "provider_timeout", retryable: true });
  });

  it("disturbs no order whose slot it does not hold", () => {
    const decision = give(pending, lease + giveUpMs, false);
    expect(types(decision)).to.deep.equal(["PAYMENT_GIVEN_UP"]);
    expect(decision.payment.status).to.equal("FAILED");
  });

  it("does nothing to a payment that has come to an end meanwhile", () => {
    expect(isChange(give(after(pending, approved), 10 * giveUpMs))).to.equal(false);
  });
});
