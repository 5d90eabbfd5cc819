import { money, type Money } from "@till/money";
import { applyOutcome } from "../../src/rules/apply-charge-outcome.ts";
import type { Decision } from "../../src/rules/decision.ts";
import type { Payment } from "../../src/rules/payment.ts";
import type { Outcome } from "../../src/rules/provider.ts";
import { requestPayment } from "../../src/rules/request-payment.ts";

const start = new Date("2026-01-02T03:04:05Z");
export const later = (ms: number) => new Date(start.getTime() + ms);
export const lease = 1_000;
/** `under`: the lease under which the change is made, by default the first attempt's. */
export const at = (ms: number, under: Date | undefined = later(lease)) => {
  return { now: later(ms), actor: "user:u", operationId: `op${ms}`, lease: under };
};
export const amount = money("EUR", 4900n);

export const pendingOf = (amount: Money) =>
  requestPayment(
    {
      id: "p",
      userId: "u",
      orderId: "o",
      amount,
      method: "card",
      paymentMethodId: undefined,
      captureMethod: "automatic",
      leaseExpiresAt: later(lease),
      request: { callerId: "u", key: "k", hash: "h" },
    },
    at(0),
  ).payment;
export const pending = pendingOf(amount);
export const approved = { kind: "approved", transactionId: "ch_1", amount } satisfies Outcome;
export const declined: Outcome = {
  kind: "declined",
  code: "insufficient_funds",
  reason: "no money",
  retryable: true,
};
export const unknown: Outcome = { kind: "unknown", why: "no answer in time" };
export const unsent: Outcome = { kind: "unsent", why: "ECONNREFUSED" };

export const inDollars: Outcome = { ...approved, amount: money("USD", 4900n) };

export const types = ({ history, events }: Decision) => [...history, ...events].map(({ type }) => type);
export const after = (payment: Payment, ...outcomes: Outcome[]) =>
  outcomes.reduce((current, outcome) => applyOutcome(current, outcome, at(500)).payment, payment);
