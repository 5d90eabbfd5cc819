import fc from "fast-check";
import { expect } from "chai";
import { add, money, zero, type Money } from "@till/money";
import { AppError } from "@till/rpc/errors";
import { unchanged, type Decision } from "./decision.ts";
import { abandonPayment, refundForOrder, refundLatePayment } from "./order-outcome.ts";
import { requestPayment } from "./request-payment.ts";
import { reversals, transitions, type Dispute, type Operation, type Payment } from "./payment.ts";
import type { OperationOutcome } from "./provider.ts";
import { followUp } from "./follow-up.ts";
import { applyProviderState, type ProviderState } from "./provider-drift.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";
import { beginCapture, beginRefund, beginVoid } from "./begin-operation.ts";
import { type NewOperation } from "./operation.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";

const eur = (minor: number) => money("EUR", BigInt(minor));
const total = 100;
let ids = 0;
const context = () => ({ now: new Date(), actor: "test", operationId: `o${ids++}`, lease: undefined });
const given = (): NewOperation => ({ id: `o${ids++}` });

const begun = requestPayment(
  {
    ...{ id: "p", userId: "u", orderId: "o", amount: eur(total), method: "card", paymentMethodId: undefined },
    ...{
      captureMethod: "manual",
      leaseExpiresAt: new Date(),
      request: { callerId: "u", key: "k", hash: "h" },
    },
  },
  context(),
).payment;

type Step = (payment: Payment) => Decision;
const small = fc.integer({ min: 1, max: 70 });
const some = fc.option(small, { nil: undefined }).map((minor) => (minor ? eur(minor) : undefined));
const dispute = fc.option(
  fc.record({
    id: fc.constant("dp"),
    state: fc.constantFrom<Dispute["state"]>("NEEDS_RESPONSE", "UNDER_REVIEW", "WON", "LOST"),
    reason: fc.constant("fraudulent"),
    amount: fc.constantFrom(eur(40), eur(100)),
    respondBy: fc.constant(undefined),
  }),
  { nil: undefined },
);
const found = fc.oneof(
  fc
    .record({ taken: fc.nat(120), back: fc.nat(120), dispute })
    .map(({ taken, back, dispute }): ProviderState => {
      const facts = { transactionId: "ch", amount: eur(taken), captured: eur(taken), refunded: eur(back) };
      return { kind: "approved", ...facts, dispute };
    }),
  fc.nat(100).map((taken): ProviderState => ({
    kind: "authorized",
    transactionId: "ch",
    amount: eur(total),
    captured: eur(taken),
  })),
  fc.constantFrom<ProviderState>({ kind: "voided", transactionId: "ch" }, { kind: "unknown", why: "?" }),
);
const outcome = fc.constantFrom("succeeded", "failed", "pending", "unknown", "unsent");
const driftIds = () => [`d${ids++}`, `d${ids++}`, `d${ids++}`] as const;

/** Anything that anybody may do to a payment, in any order. */
const step: fc.Arbitrary<Step> = fc.oneof(
  some.map(
    (amount): Step =>
      (payment) =>
        beginCapture(payment, amount, given(), context()),
  ),
  some.map(
    (amount): Step =>
      (payment) =>
        beginRefund(payment, amount, given(), context()),
  ),
  fc.constant<Step>((payment) => beginVoid(payment, given(), context())),
  fc.boolean().map(
    (orderSawNoCapture): Step =>
      (payment) =>
        abandonPayment(payment, { reason: "USER", orderSawNoCapture }, context()),
  ),
  fc.constant<Step>((payment) => refundLatePayment(payment, context())),
  fc.record({ refundId: fc.constantFrom("r1", "r2"), minor: small }).map(
    ({ refundId, minor }): Step =>
      (payment) =>
        refundForOrder(payment, { refundId, amount: eur(minor) }, context()),
  ),
  found.map(
    (finding): Step =>
      (payment) =>
        applyProviderState(payment, finding, { ...context(), driftIds: driftIds() }),
  ),
  fc.record({ which: fc.nat(5), kind: outcome }).map(({ which, kind }): Step => (payment) => {
    const operation = payment.operations[which % Math.max(payment.operations.length, 1)];
    if (!operation) return unchanged(payment);
    const applied = applyOperationOutcome(payment, operation.id, outcomeOf(operation, kind), context());
    const next = followUp(applied.payment, context());
    return { ...next, operations: [...applied.operations, ...next.operations] };
  }),
);

function outcomeOf({ amount }: Operation, kind: OperationOutcome["kind"]): OperationOutcome {
  switch (kind) {
    case "succeeded":
      return { kind, transactionId: "op", amount };
    case "failed":
      return { kind, code: "no", reason: "no", retryable: false };
    case "pending":
      return { kind, transactionId: "op" };
    case "unknown":
    case "unsent":
      return { kind, why: "?" };
  }
}

const sumOf = (payment: Payment, kind: Operation["kind"], status: Operation["status"]): Money =>
  payment.operations
    .filter((one) => one.kind === kind && one.status === status)
    .reduce((sum, { amount }) => add(sum, amount), zero("EUR"));

function attempt(payment: Payment, next: Step): Payment {
  try {
    return next(payment).payment;
  } catch (error) {
    if (error instanceof AppError) return payment;
    throw error;
  }
}

describe("The sums of a payment", () => {
  it("hold whatever anybody does in whatever order, and its operations add up to them", () => {
    const held = applyOutcome(
      begun,
      { kind: "authorized", transactionId: "ch", amount: eur(total) },
      context(),
    ).payment;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let payment = held;
        for (const next of steps) {
          const after = attempt(payment, next);
          expect(sumsHold(after)).to.equal(true);
          // An orphaned charge has no capture operation.
          const isOrphaned = after.status === "VOIDED";
          if (!isOrphaned) expect(after.captured).to.deep.equal(sumOf(after, "capture", "SUCCEEDED"));
          const withdrawn = after.dispute?.withdrawn ?? zero("EUR");
          expect(after.refunded).to.deep.equal(add(sumOf(after, "refund", "SUCCEEDED"), withdrawn));
          expect(after.capturePending).to.deep.equal(sumOf(after, "capture", "PENDING"));
          expect(after.refundPending).to.deep.equal(sumOf(after, "refund", "PENDING"));
          const allowed: readonly string[] = [payment.status, ...reachable(payment.status)];
          expect(allowed).to.include(after.status);
          payment = after;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("give one order's refund one operation, however often it is requested", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const held = applyOutcome(
          begun,
          { kind: "approved", transactionId: "ch", amount: eur(total) },
          context(),
        ).payment;
        const { operations } = steps.reduce(attempt, held);
        const scopes = operations.flatMap(({ scope }) => scope ?? []);
        expect(new Set(scopes).size).to.equal(scopes.length);
      }),
      { numRuns: 500 },
    );
  });
});

/** A change may make several transitions of the table at once. */
function reachable(from: Payment["status"], seen = new Set<string>()): string[] {
  for (const to of [...transitions[from], ...(reversals[from] ?? [])]) {
    if (seen.has(to)) continue;
    seen.add(to);
    reachable(to, seen);
  }
  return [...seen];
}

/** What must hold of every payment at all times; the database checks the same. */
function sumsHold({ authorized, captured, capturePending, refunded, refundPending }: Payment): boolean {
  const isNeverNegative = [captured, capturePending, refunded, refundPending].every(
    (sum) => sum.minorUnits >= 0n,
  );
  return (
    isNeverNegative &&
    add(captured, capturePending).minorUnits <= authorized.minorUnits &&
    add(refunded, refundPending).minorUnits <= captured.minorUnits
  );
}
