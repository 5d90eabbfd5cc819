import { expect } from "chai";
import { money } from "@till/money";
import {
  at,
  amount,
  pending,
  approved,
  declined,
  unknown,
  unsent,
  inDollars,
  types,
  after,
} from "../../test/support/pending-payment.ts";
import { isChange } from "./decision.ts";
import { transitions, type PaymentStatus } from "./payment.ts";
import type { Outcome } from "./provider.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";

describe("An attempt to charge", () => {
  it("that is approved captures the whole amount, and is published once", () => {
    const decision = applyOutcome(pending, approved, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_PROCESSED", "payment.processed"]);
    expect(decision.payment).to.deep.include({ status: "PROCESSED", captured: amount, authorized: amount });
    expect(decision.payment).to.include({ transactionId: "ch_1", leaseExpiresAt: undefined });
    expect(isChange(applyOutcome(decision.payment, approved, at(600)))).to.equal(false);
  });

  it("that is declined fails the payment, and is published once", () => {
    const decision = applyOutcome(pending, declined, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_DECLINED", "payment.failed"]);
    const { status, failure, request } = decision.payment;
    expect({ status, failure }).to.deep.equal({
      status: "FAILED",
      failure: { code: "insufficient_funds", reason: "no money", retryable: true },
    });
    expect(request, "its key returns the decline again").to.deep.equal(pending.request);
    expect(isChange(applyOutcome(decision.payment, declined, at(600)))).to.equal(false);
  });

  it("that has no answer leaves the payment UNKNOWN and untold", () => {
    const decision = applyOutcome(pending, unknown, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNKNOWN"]);
    expect(decision.payment).to.include({ status: "UNKNOWN", leaseExpiresAt: undefined });
    expect(isChange(applyOutcome(decision.payment, unknown, at(600)))).to.equal(false);
  });

  it("that never reached the provider leaves the payment as it was", () => {
    const decision = applyOutcome(pending, unsent, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNREACHABLE"]);
    expect(decision.payment).to.include({ status: "PENDING", leaseExpiresAt: undefined });
  });

  it("of another amount fails the payment, and is refunded", () => {
    const amount = money("EUR", 4901n);
    const decision = applyOutcome(pending, { ...approved, amount }, at(500));
    expect(types(decision)).to.deep.equal([
      "PAYMENT_WRONG_AMOUNT",
      "ORPHANED_CHARGE",
      "REFUND_REQUESTED",
      "payment.failed",
    ]);
    const { status, failure, captured, refundPending } = decision.payment;
    expect({ status, code: failure?.code, captured, refundPending }).to.deep.equal({
      ...{ status: "FAILED", code: "wrong_amount", captured: amount, refundPending: amount },
    });
    expect(isChange(applyOutcome(decision.payment, { ...approved, amount }, at(600)))).to.equal(false);
  });

  it("that authorizes another amount fails the payment, and is voided", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount: money("EUR", 1n) };
    const decision = applyOutcome(pending, held, at(500));
    expect(decision.payment.operations.map(({ kind, scope }) => [kind, scope])).to.deep.equal([
      ["void", "orphaned:p"],
    ]);
    expect(decision.payment).to.deep.include({ status: "FAILED", captured: money("EUR", 0n) });
  });

  it("is never a success in another currency, and stays UNKNOWN", () => {
    const decision = applyOutcome(pending, inDollars, at(500));
    expect(types(decision)).to.deep.equal(["PROVIDER_UNKNOWN"]);
    expect(decision.payment.captured.minorUnits).to.equal(0n);
    expect(decision.history[0]!.reason).to.include("ch_1");
  });

  it("that is known later is applied like any other", () => {
    expect(after(pending, unknown, approved).status).to.equal("PROCESSED");
    expect(after(pending, unknown, declined).status).to.equal("FAILED");
  });

  it("moves no payment that has come to an end", () => {
    const open = ["PENDING", "UNKNOWN", "REQUIRES_ACTION"];
    const ended = (Object.keys(transitions) as PaymentStatus[]).filter((status) => !open.includes(status));
    for (const status of ended) {
      for (const outcome of [approved, declined, unknown, unsent]) {
        const { payment, events } = applyOutcome({ ...pending, status }, outcome, at(500));
        expect([payment.status, events], `${status}, ${outcome.kind}`).to.deep.equal([status, []]);
      }
    }
  });

  it("that charged a FAILED payment is recorded once, and is refunded", () => {
    const failed = after(pending, declined);
    const orphaned = applyOutcome(failed, approved, at(600));
    expect(types(orphaned)).to.deep.equal(["ORPHANED_CHARGE", "REFUND_REQUESTED"]);
    expect(orphaned.payment).to.deep.include({ status: "FAILED", transactionId: "ch_1", captured: amount });
    expect(orphaned.operations[0]).to.deep.include({
      id: "op600",
      scope: "orphaned:p",
      amount,
      status: "PENDING",
    });
    expect(isChange(applyOutcome(orphaned.payment, approved, at(700)))).to.equal(false);
  });

  it("that the payer must confirm waits for the payer, also without a response of the provider", () => {
    const action: Outcome = { kind: "requires-action", transactionId: "ch_1", url: "https://psp/act" };
    const decision = applyOutcome(pending, action, at(500));
    expect(types(decision)).to.deep.equal(["ACTION_REQUIRED"]);
    const waiting = decision.payment;
    expect(waiting).to.include({ status: "REQUIRES_ACTION", actionUrl: "https://psp/act" });
    for (const again of [action, unknown, unsent]) {
      expect(isChange(applyOutcome(waiting, again, at(600)))).to.equal(false);
    }
    expect(applyOutcome(waiting, approved, at(600)).payment).to.include({
      status: "PROCESSED",
      actionUrl: undefined,
    });
    expect(applyOutcome(waiting, declined, at(600)).payment.status).to.equal("FAILED");
  });

  it("that is only authorized is captured for an automatic capture method alone", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount };
    const taking = applyOutcome(pending, held, at(500));
    expect(types(taking)).to.deep.equal(["PAYMENT_AUTHORIZED", "CAPTURE_REQUESTED", "payment.authorized"]);
    const holding = applyOutcome({ ...pending, captureMethod: "manual" }, held, at(500));
    expect(types(holding)).to.deep.equal(["PAYMENT_AUTHORIZED", "payment.authorized"]);
    expect(holding.payment).to.deep.include({ status: "AUTHORIZED", authorized: amount });
  });

  it("that is authorized for a cancelled order is voided", () => {
    const held: Outcome = { kind: "authorized", transactionId: "ch_1", amount };
    const decision = applyOutcome({ ...pending, mustReverse: true }, held, at(500));
    expect(types(decision)).to.deep.equal(["PAYMENT_AUTHORIZED", "VOID_REQUESTED", "payment.authorized"]);
  });
});
