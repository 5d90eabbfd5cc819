import { expect } from "chai";
import fc from "fast-check";
import { HttpError } from "../http-error.ts";
import { beginRefund, capture, completeRefund, voidRemaining } from "./operations.ts";
import { payment } from "../../test/support/payment-fixture.ts";
import { approve, type Change, type Payment } from "./payment.ts";

const held = approve(payment(), false).payment;
const at = "2026-01-31T12:00:00.000Z";
const ask = (amount: number, id = "op_1") => ({ id, key: id, amount, at });

describe("operations on a provider payment", () => {
  it("captures in parts, and sets succeeded once the whole amount is captured", () => {
    const part = capture(held, ask(60));
    expect(part.payment).to.include({ status: "authorized", authorized: 100, captured: 60 });
    expect(part).to.deep.include({ movement: { type: "capture", amount: 60 }, event: "payment.captured" });
    expect(capture(part.payment, ask(40)).payment).to.include({ status: "succeeded", captured: 100 });
    expect(() => capture(part.payment, ask(41))).to.throw("40 is left to be captured");
  });

  it("voids the whole authorization, or its uncaptured rest", () => {
    const all = voidRemaining(held, ask(0));
    expect(all.payment).to.include({ status: "voided", captured: 0 });
    expect(all.movement).to.eql({ type: "void", amount: 100 });
    const rest = voidRemaining(capture(held, ask(60)).payment, ask(0));
    expect(rest.payment).to.include({ status: "succeeded", captured: 60 });
    expect(rest.movement).to.eql({ type: "void", amount: 40 });
    for (const { payment } of [all, rest]) {
      expect(() => voidRemaining(payment, ask(0))).to.throw("cannot be voided");
      expect(() => capture(payment, ask(1))).to.throw("cannot be captured");
    }
  });

  it("moves no money when a payment that waits for its payer is voided", () => {
    const { payment: voided, movement } = voidRemaining(payment(), ask(0));
    expect(voided.status).to.equal("voided");
    expect(movement).to.equal(undefined);
  });

  it("counts a pending refund against the refundable amount, and not as refunded", () => {
    const begun = beginRefund(approve(payment(), true).payment, ask(60));
    expect(begun.payment.refunded).to.equal(0);
    expect(begun.movement).to.equal(undefined);
    expect(() => beginRefund(begun.payment, ask(41))).to.throw("40 is left to be refunded");
    const failed = completeRefund(begun.payment, "op_1", "expired_or_canceled_card");
    expect(failed).to.include({ event: "refund.failed" }).and.not.to.have.property("movement");
    expect(beginRefund(failed.payment, ask(100, "op_2")).payment.operations).to.have.length(2);
    const gone = completeRefund(begun.payment, "op_1");
    expect(gone.payment.refunded).to.equal(60);
    expect(gone.movement).to.eql({ type: "refund", amount: 60 });
    expect(() => completeRefund(gone.payment, "op_1")).to.throw("no pending refund");
  });

  it("rejects more than 200 operations", () => {
    let { payment: one } = approve(payment({ amount: 1_000 }), false);
    for (let n = 0; n < 200; n++) one = capture(one, ask(1, `op_${n}`)).payment;
    expect(() => capture(one, ask(1))).to.throw("at most 200");
  });

  it("never moves more money than there is, in any sequence of operations", () => {
    const step = fc.tuple(
      fc.constantFrom("capture", "void", "refund", "complete refund", "fail refund"),
      fc.integer({ min: 1, max: 120 }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (captureAtOnce, steps) => {
        const changes: Change[] = [approve(payment(), captureAtOnce)];
        steps.forEach(([what, amount], n) => {
          const change = attempt(changes.at(-1)!.payment, what, amount, `op_${n}`);
          if (change) changes.push(change);
        });
        const { authorized, captured, refunded } = changes.at(-1)!.payment;
        const moved = (...types: string[]) =>
          changes.reduce(
            (sum, { movement }) => (movement && types.includes(movement.type) ? sum + movement.amount : sum),
            0,
          );
        expect(moved("charge", "authorize")).to.equal(authorized);
        expect(moved("charge", "capture")).to.equal(captured);
        expect(moved("refund")).to.equal(refunded);
        expect(captured + moved("void")).to.be.at.most(authorized);
        expect(refunded).to.be.at.most(captured);
      }),
    );
  });

  function attempt(payment: Payment, what: string, amount: number, id: string): Change | undefined {
    const pending = payment.operations.find(({ status }) => status === "pending");
    try {
      if (what === "capture") return capture(payment, ask(amount, id));
      if (what === "void") return voidRemaining(payment, ask(amount, id));
      if (what === "refund") return beginRefund(payment, ask(amount, id));
      return pending && completeRefund(payment, pending.id, what === "fail refund" ? "declined" : undefined);
    } catch (error) {
      if (error instanceof HttpError && error.status === 409) return undefined;
      throw error;
    }
  }
});
