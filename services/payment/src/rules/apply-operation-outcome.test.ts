import { expect } from "chai";
import { money } from "@till/money";
import { isChange } from "./decision.ts";
import { requestPayment } from "./request-payment.ts";
import type { OperationOutcome } from "./provider.ts";
import { applyOutcome } from "./apply-charge-outcome.ts";
import { beginRefund, resumeOperation } from "./begin-operation.ts";
import { applyOperationOutcome } from "./apply-operation-outcome.ts";

const start = new Date("2026-01-02T03:04:05Z");
const later = (ms: number) => new Date(start.getTime() + ms);
const [lease, other] = [later(1_000), later(3_000)];
const at = (ms: number, under: Date) => ({
  ...{ now: later(ms), actor: "user:u", operationId: "auto", lease: under },
});
const amount = money("EUR", 4900n);

const requested = requestPayment(
  {
    ...{ id: "p", userId: "u", orderId: "o", amount, method: "card", paymentMethodId: undefined },
    ...{ captureMethod: "automatic", leaseExpiresAt: lease, request: { callerId: "u", key: "k", hash: "h" } },
  },
  at(0, lease),
).payment;
const taken = applyOutcome(
  requested,
  { kind: "approved", transactionId: "ch", amount },
  at(0, lease),
).payment;
const begun = beginRefund(taken, undefined, { id: "r", leaseExpiresAt: lease }, at(0, lease)).payment;

describe("An operation whose attempt lost its lease to another one", () => {
  const takenOver = resumeOperation(begun, "r", other, at(1_000, lease)).payment;
  const silent: OperationOutcome[] = [
    { kind: "unknown", why: "no answer in time" },
    { kind: "unsent", why: "ECONNREFUSED" },
    { kind: "pending", transactionId: "re" },
    { kind: "succeeded", transactionId: "re", amount: money("EUR", 1n) },
  ];
  for (const outcome of silent) {
    it(`leaves the other one its lease without an outcome: ${outcome.kind}`, () => {
      expect(isChange(applyOperationOutcome(takenOver, "r", outcome, at(1_500, lease)))).to.equal(false);
      const { payment } = applyOperationOutcome(takenOver, "r", outcome, at(1_500, other));
      expect(payment.operations[0]).to.include({ status: "PENDING", leaseExpiresAt: undefined });
    });
  }

  it("is done all the same where the provider did it", () => {
    const done = applyOperationOutcome(
      takenOver,
      "r",
      { kind: "succeeded", transactionId: "re", amount },
      at(1, lease),
    );
    expect(done.payment.status).to.equal("REFUNDED");
  });
});
