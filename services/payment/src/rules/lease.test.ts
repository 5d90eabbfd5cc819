import { providerTimeout } from "@till/contracts/payment-events";
import { expect } from "chai";
import {
  later,
  lease,
  at,
  pending,
  approved,
  unknown,
  unsent,
  inDollars,
  types,
  after,
} from "../../test/support/pending-payment.ts";
import { isChange, type Decision } from "./decision.ts";
import type { Payment } from "./payment.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";
import { failAbandoned, isAbandoned, rejectAttempt, resumeAttempt, suspendAttempt } from "./lease.ts";

describe("Resuming an attempt", () => {
  const resume = (payment: Payment, ms: number) => resumeAttempt(payment, later(ms + lease), at(ms));

  it("is rejected while a process has the lease", () => {
    expect(() => resume(pending, lease - 1))
      .to.throw()
      .with.property("reason", "REQUEST_IN_PROGRESS");
  });

  it("has a retry time of half a second to one second", () => {
    for (const [leftMs, hintMs] of [
      [30_000, 1_000],
      [700, 700],
      [1, 500],
    ] as const) {
      const busy = { ...pending, leaseExpiresAt: later(leftMs) };
      expect(() => resume(busy, 0))
        .to.throw()
        .with.nested.property("facts.retryAfterMs", hintMs);
    }
  });

  it("takes an interrupted one for UNKNOWN: it may have charged", () => {
    const { payment, history } = resume(pending, lease);
    expect(payment).to.deep.include({ status: "UNKNOWN", leaseExpiresAt: later(2 * lease) });
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
    ["has no answer", (context) => applyOutcome(takenOver, unknown, context)],
    ["did not reach the provider", (context) => applyOutcome(takenOver, unsent, context)],
    ["took money in another currency", (context) => applyOutcome(takenOver, inDollars, context)],
    ["did not reach the order service", (context) => suspendAttempt(takenOver, "X", "", context)],
    ["is rejected", (context) => rejectAttempt(takenOver, "ORDER_NOT_PAYABLE", "", context)],
  ];
  for (const [what, end] of ends) {
    it(`and ${what} leaves the other one its lease, and its own end to the other one`, () => {
      expect(isChange(end(late))).to.equal(false);
      expect(end(at(lease + 500, other)).payment.leaseExpiresAt).to.equal(undefined);
    });
  }

  it("still counts where it charged", () => {
    expect(applyOutcome(takenOver, approved, late).payment.status).to.equal("PROCESSED");
  });
});

describe("An attempt that the order service rejects", () => {
  it("fails the payment, publishes nothing and frees the key", () => {
    const decision = rejectAttempt(pending, "AMOUNT_MISMATCH", "the total is another", at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_REFUSED"]);
    expect(decision.payment).to.include({ status: "FAILED", request: undefined });
    expect(decision.payment.failure?.code).to.equal("AMOUNT_MISMATCH");
  });

  it("stays UNKNOWN where an earlier one may have charged", () => {
    const resumed = resumeAttempt(pending, later(3 * lease), at(lease)).payment;
    const decision = rejectAttempt(
      resumed,
      "ORDER_NOT_PAYABLE",
      "it is CANCELLED",
      at(lease + 1, later(3 * lease)),
    );
    expect(decision.payment).to.include({ status: "UNKNOWN", leaseExpiresAt: undefined });
    expect(decision.payment.request).to.deep.equal(pending.request);
  });
});

describe("Giving a payment up", () => {
  const giveUpMs = 120_000;
  const give = (payment: Payment, ms: number, holdsSlot = true) =>
    failAbandoned(payment, { giveUpMs, holdsSlot }, { now: later(ms), actor: "recovery" });

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
    expect(decision.payment.failure).to.include({ code: providerTimeout, retryable: true });
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
