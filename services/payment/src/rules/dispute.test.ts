import { expect } from "chai";
import { money } from "@till/money";
import { at, pendingOf } from "../../test/support/pending-payment.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";
import { beginRefund } from "./begin-operation.ts";
import { isChange, type Decision } from "./decision.ts";
import { applyDispute, isRefundOfDisputed } from "./dispute.ts";
import type { Dispute, Payment } from "./payment.ts";
import type { ProviderDispute } from "./provider.ts";

const eur = (minor: number) => money("EUR", BigInt(minor));
const context = at(0);
const { amount } = pendingOf(eur(100));
const paid = applyOutcome(
  pendingOf(eur(100)),
  { kind: "approved", transactionId: "ch", amount },
  context,
).payment;
const reported = (state: Dispute["state"], change: Partial<ProviderDispute> = {}): ProviderDispute => ({
  ...{ id: "dp", state, reason: "fraudulent", amount: eur(100), respondBy: undefined },
  ...change,
});
const apply = (payment: Payment, ...args: Parameters<typeof reported>) =>
  applyDispute(payment, reported(...args), context);
const short = ({ payment: { status, refunded }, events }: Decision) => [
  status,
  Number(refunded.minorUnits),
  ...events.map((event) => ("dispute" in event ? `${event.type} ${event.amount.minorUnits}` : event.type)),
];

describe("A dispute", () => {
  it("withdraws captured money, which counts as refunded", () => {
    expect(short(apply(paid, "NEEDS_RESPONSE"))).to.deep.equal(["REFUNDED", 100, "payment.disputed 100"]);
    const part = apply(paid, "NEEDS_RESPONSE", { amount: eur(40) });
    expect(short(part)).to.deep.equal(["PARTIALLY_REFUNDED", 40, "payment.disputed 40"]);
  });

  it("changes nothing when it is reported again, or as it was before it was closed", () => {
    const { payment: open } = apply(paid, "UNDER_REVIEW");
    expect(isChange(apply(open, "UNDER_REVIEW"))).to.equal(false);
    const { payment: lost } = apply(open, "LOST");
    expect(isChange(apply(lost, "NEEDS_RESPONSE"))).to.equal(false);
  });

  it("puts the money back when it is won, and keeps it withdrawn when it is lost", () => {
    const { payment: open } = apply(paid, "NEEDS_RESPONSE");
    expect(short(apply(open, "WON"))).to.deep.equal(["PROCESSED", 0, "payment.dispute_closed 100"]);
    expect(short(apply(open, "LOST"))).to.deep.equal(["REFUNDED", 100, "payment.dispute_closed 100"]);
  });

  it("is published opened and closed when it is reported for the first time after its end", () => {
    const won = apply(paid, "WON");
    expect(short(won)).to.deep.equal(["PROCESSED", 0, "payment.disputed 100", "payment.dispute_closed 100"]);
  });

  it("moves no money that was refunded before", () => {
    const refund = beginRefund(paid, eur(30), { id: "r" }, context).payment;
    const done = { kind: "succeeded", transactionId: "re", amount: eur(30) } as const;
    const { payment } = applyOperationOutcome(refund, "r", done, context);
    const { payment: open } = apply(payment, "NEEDS_RESPONSE");
    expect([open.refunded, open.dispute!.withdrawn]).to.deep.equal([eur(100), eur(70)]);
    expect(short(apply(open, "WON"))).to.deep.equal(["PARTIALLY_REFUNDED", 30, "payment.dispute_closed 70"]);
  });

  it("lets no refund take its money, also one that was begun before it", () => {
    const begun = beginRefund(paid, eur(30), { id: "r" }, context).payment;
    const { payment: open } = apply(begun, "NEEDS_RESPONSE");
    expect(isRefundOfDisputed(open, open.operations[0]!)).to.equal(true);
    expect(() => beginRefund(open, eur(1), { id: "s" }, context))
      .to.throw()
      .with.property("reason", "PAYMENT_DISPUTED");

    const failure = { kind: "failed", code: "payment_disputed", reason: "", retryable: false } as const;
    const { payment: failed } = applyOperationOutcome(open, "r", failure, context);
    const next = apply(failed, "NEEDS_RESPONSE");
    expect(short(next)).to.deep.equal(["REFUNDED", 100, "payment.disputed 30"]);
  });

  it("leaves the rest of the payment to refunds", () => {
    const { payment: open } = apply(paid, "NEEDS_RESPONSE", { amount: eur(40) });
    const begun = beginRefund(open, eur(60), { id: "r" }, context).payment;
    expect(isRefundOfDisputed(begun, begun.operations[0]!)).to.equal(false);
    const beginRefundOf = (minor: number) => () => beginRefund(open, eur(minor), { id: "r" }, context);
    expect(beginRefundOf(61)).to.throw().with.property("reason", "PAYMENT_DISPUTED");
    expect(beginRefundOf(101)).to.throw().with.property("reason", "REFUND_EXCEEDS_CAPTURED");
  });
});
