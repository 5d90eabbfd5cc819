import { expect } from "chai";
import fc from "fast-check";
import { HttpError } from "../http-error.ts";
import { beginRefund, capture, settleRefund, voidRest } from "./operations.ts";
import { payment } from "../../test/support/payment-fixture.ts";
import { take, type Change, type Payment } from "./payment.ts";

const held = take(payment(), false).payment;
const at = "2026-01-31T12:00:00.000Z";
const ask = (amount: number, id = "op_1") => ({ id, key: id, amount, at });

describe("what may be done to a payment at the provider", () => {
  it("is captured in parts, and has succeeded once all of it is", () => {
    const part = capture(held, ask(60));
    expect(part.payment).to.include({ status: "authorized", authorized: 100, captured: 60 });
    expect(part).to.deep.include({ moved: { type: "capture", amount: 60 }, news: "payment.captured" });
    expect(capture(part.payment, ask(40)).payment).to.include({ status: "succeeded", captured: 100 });
    expect(() => capture(part.payment, ask(41))).to.throw("40 is left to be captured");
  });

  it("is let go as a whole, or what is left of it", () => {
    const all = voidRest(held, ask(0));
    expect(all.payment).to.include({ status: "voided", captured: 0 });
    expect(all.moved).to.eql({ type: "void", amount: 100 });
    const rest = voidRest(capture(held, ask(60)).payment, ask(0));
    expect(rest.payment).to.include({ status: "succeeded", captured: 60 });
    expect(rest.moved).to.eql({ type: "void", amount: 40 });
    for (const { payment } of [all, rest]) {
      expect(() => voidRest(payment, ask(0))).to.throw("cannot be voided");
      expect(() => capture(payment, ask(1))).to.throw("cannot be captured");
    }
  });

  it("moves nothing when it stops waiting for its payer", () => {
    const { payment: voided, moved } = voidRest(payment(), ask(0));
    expect(voided.status).to.equal("voided");
    expect(moved).to.equal(undefined);
  });

  it("counts a pending refund against what can go back, and not as gone back", () => {
    const begun = beginRefund(take(payment(), true).payment, ask(60));
    expect(begun.payment.refunded).to.equal(0);
    expect(begun.moved).to.equal(undefined);
    expect(() => beginRefund(begun.payment, ask(41))).to.throw("40 is left to be refunded");
    const failed = settleRefund(begun.payment, "op_1", "expired_or_canceled_card");
    expect(failed).to.include({ news: "refund.failed" }).and.not.to.have.property("moved");
    expect(beginRefund(failed.payment, ask(100, "op_2")).payment.operations).to.have.length(2);
    const gone = settleRefund(begun.payment, "op_1");
    expect(gone.payment.refunded).to.equal(60);
    expect(gone.moved).to.eql({ type: "refund", amount: 60 });
    expect(() => settleRefund(gone.payment, "op_1")).to.throw("no pending refund");
  });

  it("takes no more than 200 operations, so that an answer stays readable", () => {
    let { payment: one } = take(payment({ amount: 1_000 }), false);
    for (let n = 0; n < 200; n++) one = capture(one, ask(1, `op_${n}`)).payment;
    expect(() => capture(one, ask(1))).to.throw("at most 200");
  });

  it("never moves more than there is, whatever is tried in whatever order", () => {
    const step = fc.tuple(
      fc.constantFrom("capture", "void", "refund", "settle", "fail"),
      fc.integer({ min: 1, max: 120 }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (captureAtOnce, steps) => {
        const changes: Change[] = [take(payment(), captureAtOnce)];
        steps.forEach(([what, amount], n) => {
          const change = attempt(changes.at(-1)!.payment, what, amount, `op_${n}`);
          if (change) changes.push(change);
        });
        const { authorized, captured, refunded } = changes.at(-1)!.payment;
        const moved = (...types: string[]) =>
          changes.reduce(
            (sum, { moved }) => (moved && types.includes(moved.type) ? sum + moved.amount : sum),
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
      if (what === "void") return voidRest(payment, ask(amount, id));
      if (what === "refund") return beginRefund(payment, ask(amount, id));
      return pending && settleRefund(payment, pending.id, what === "fail" ? "declined" : undefined);
    } catch (error) {
      if (error instanceof HttpError && error.status === 409) return undefined;
      throw error;
    }
  }
});
