import { expect } from "chai";
import { money } from "@till/money";
import { transition, recordChange } from "./decision.ts";
import { requestPayment } from "./request-payment.ts";
import { isOpen, isUndecided, transitions, type Payment, type PaymentStatus } from "./payment.ts";

const now = new Date("2026-01-02T03:04:05Z");
const context = { now, actor: "user:u" };
const statuses = Object.keys(transitions) as PaymentStatus[];

function payment(change: Partial<Payment> = {}): Payment {
  const { payment } = requestPayment(
    {
      id: "p",
      userId: "u",
      orderId: "o",
      amount: money("EUR", 4900n),
      method: "card",
      paymentMethodId: undefined,
      captureMethod: "automatic",
      leaseExpiresAt: new Date(now.getTime() + 1000),
      request: { callerId: "u", key: "k", hash: "h" },
    },
    context,
  );
  return { ...payment, ...change };
}

describe("A payment", () => {
  it("begins PENDING, with nothing captured and no event", () => {
    const {
      payment: begun,
      history,
      events,
    } = requestPayment({ ...payment(), leaseExpiresAt: now, request: payment().request! }, context);
    expect(begun).to.include({ status: "PENDING", version: 1 });
    expect(begun.captured).to.deep.equal(money("EUR", 0n));
    expect(history.map(({ type, from, to }) => [type, from, to])).to.deep.equal([
      ["PAYMENT_REQUESTED", undefined, "PENDING"],
    ]);
    expect(events).to.deep.equal([]);
  });

  it("makes the transitions of the table and no others", () => {
    for (const from of statuses) {
      for (const to of statuses) {
        const allowed = (transitions[from] as readonly string[]).includes(to);
        const go = () => transition(payment({ status: from }), to, { ...context, entry: "TEST" });
        if (allowed) {
          const { payment: next, history } = go();
          expect([next.status, next.version, history[0]?.from, history[0]?.to]).to.deep.equal([
            to,
            2,
            from,
            to,
          ]);
        } else {
          expect(go, `${from} to ${to}`).to.throw().with.property("reason", "ILLEGAL_TRANSITION");
        }
      }
    }
  });

  it("never leaves FAILED, VOIDED and REFUNDED", () => {
    expect(statuses.filter((status) => transitions[status].length === 0)).to.deep.equal([
      "FAILED",
      "VOIDED",
      "REFUNDED",
    ]);
  });

  it("is open while it is PENDING or UNKNOWN", () => {
    expect(statuses.filter((status) => isOpen({ status }))).to.deep.equal(["PENDING", "UNKNOWN"]);
  });

  it("is undecided without an outcome", () => {
    const undecided = statuses.filter((status) => isUndecided({ status }));
    expect(undecided).to.deep.equal(["PENDING", "REQUIRES_ACTION", "UNKNOWN"]);
  });

  it("may have something written into its history without a transition", () => {
    const { payment: next, history } = recordChange(payment(), { ...context, entry: "NOTED", reason: "why" });
    expect(next).to.include({ status: "PENDING", version: 2 });
    expect(history[0]).to.include({
      type: "NOTED",
      reason: "why",
      version: 2,
      from: "PENDING",
      to: "PENDING",
      at: now,
    });
  });
});
