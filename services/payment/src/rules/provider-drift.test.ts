import { expect } from "chai";
import { money, type Money } from "@till/money";
import { isChange, type Decision } from "./decision.ts";
import { beginCapture, beginRefund } from "./begin-operation.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";
import { requestPayment } from "./request-payment.ts";
import type { Payment } from "./payment.ts";
import { applyProviderState, type ProviderState } from "./provider-drift.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";

const eur = (minor: number) => money("EUR", BigInt(minor));
const now = new Date("2026-01-02T03:04:05Z");
const driftIds = ["c", "v", "r"] as const;
const at = { now, actor: "webhook:test", operationId: "auto", lease: undefined, driftIds };

const requested = requestPayment(
  {
    ...{ id: "p", userId: "u", orderId: "o", amount: eur(100), method: "card", paymentMethodId: undefined },
    ...{ captureMethod: "manual", leaseExpiresAt: now, request: { callerId: "u", key: "k", hash: "h" } },
  },
  at,
).payment;
const held = applyOutcome(
  requested,
  { kind: "authorized", transactionId: "ch", amount: eur(100) },
  at,
).payment;
const taken = applyOutcome(
  requested,
  { kind: "approved", transactionId: "ch", amount: eur(100) },
  at,
).payment;

const approved = (captured: number, refunded = 0): ProviderState => ({
  ...{ kind: "approved", transactionId: "ch", amount: eur(captured), authorized: eur(100) },
  ...{ captured: eur(captured), refunded: eur(refunded) },
});
const types = ({ history, events }: Decision) => [...history, ...events].map(({ type }) => type);
const sums = ({ status, captured, refunded }: Payment) => [
  status,
  ...[captured, refunded].map(({ minorUnits }: Money) => Number(minorUnits)),
];

describe("What happened at the provider without us", () => {
  it("is nothing where it says what we know", () => {
    for (const [payment, found] of [
      [held, { kind: "authorized", transactionId: "ch", amount: eur(100), captured: eur(0) }],
      [taken, approved(100)],
      [taken, { kind: "unknown", why: "?" }],
    ] as const) {
      expect(isChange(applyProviderState(payment, found, at))).to.equal(false);
    }
  });

  it("is recorded and published: all of it captured", () => {
    const decision = applyProviderState(held, approved(100), at);
    expect(types(decision)).to.deep.equal(["CAPTURE_REQUESTED", "CAPTURE_SUCCEEDED", "payment.processed"]);
    expect(sums(decision.payment)).to.deep.equal(["PROCESSED", 100, 0]);
    expect(isChange(applyProviderState(decision.payment, approved(100), at))).to.equal(false);
  });

  it("is recorded: a part captured and the rest voided", () => {
    const decision = applyProviderState(held, approved(30), at);
    expect(decision.operations.map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
      ...["c PENDING", "c SUCCEEDED", "v PENDING", "v SUCCEEDED"],
    ]);
    expect(sums(decision.payment)).to.deep.equal(["PROCESSED", 30, 0]);
    expect(types(decision)).to.not.include("payment.processed");
  });

  it("is followed up: the captured part is refunded", () => {
    const { payment } = applyProviderState({ ...held, mustReverse: true }, approved(30), at);
    expect(payment.operations.map(({ kind, status }) => `${kind} ${status}`)).to.deep.equal([
      ...["capture SUCCEEDED", "void SUCCEEDED", "refund PENDING"],
    ]);
  });

  it("is recorded and published: the authorization voided", () => {
    const decision = applyProviderState(held, { kind: "voided", transactionId: "ch" }, at);
    expect(types(decision)).to.deep.equal(["VOID_REQUESTED", "VOID_SUCCEEDED", "payment.voided"]);
    expect(sums(decision.payment)).to.deep.equal(["VOIDED", 0, 0]);
  });

  it("is recorded and published: money refunded, as by a chargeback, even before the charge is known", () => {
    const decision = applyProviderState(taken, approved(100, 40), at);
    expect(types(decision)).to.deep.equal(["REFUND_REQUESTED", "REFUND_SUCCEEDED", "payment.refunded"]);
    expect(sums(decision.payment)).to.deep.equal(["PARTIALLY_REFUNDED", 100, 40]);
    expect(isChange(applyProviderState(decision.payment, approved(100, 40), at))).to.equal(false);
    expect(sums(applyProviderState(decision.payment, approved(100, 100), at).payment)[0]).to.equal(
      "REFUNDED",
    );
    expect(sums(applyProviderState(requested, approved(100, 100), at).payment)).to.deep.equal([
      "REFUNDED",
      100,
      100,
    ]);
  });

  it("waits while an operation of ours is under way, which it may be", () => {
    const refundPending = beginRefund(taken, eur(40), { id: "ours" }, at).payment;
    expect(isChange(applyProviderState(refundPending, approved(100, 40), at))).to.equal(false);
    const capturePending = beginCapture(held, eur(30), { id: "ours" }, at).payment;
    expect(isChange(applyProviderState(capturePending, approved(30), at))).to.equal(false);
    const done = { kind: "succeeded", transactionId: "op", amount: eur(30) } as const;
    const captured = applyOperationOutcome(capturePending, "ours", done, at).payment;
    expect(sums(applyProviderState(captured, approved(30), at).payment)).to.deep.equal(["PROCESSED", 30, 0]);
  });
});
