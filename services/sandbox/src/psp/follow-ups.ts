import { applyChange, isoNow } from "./apply-change.ts";
import { closeDispute, openDispute } from "./disputes.ts";
import { newId } from "./new-id.ts";
import { beginRefund, capture, completeRefund, voidRemaining } from "./operations.ts";
import type { Change, Payment } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** Schedules what a payment's token has the cardholder or the merchant do next, if anything. */
export function scheduleFollowUp(psp: Psp, record: PaymentRecord): void {
  const step = nextStep(record);
  if (!step) return;
  psp.scheduler.schedule(stepMs, () => {
    const current = psp.payments.find(record.payment.id);
    // Another step, or an operation of the client, may have come first.
    if (!current || nextStep(current) !== step) return;
    const key = `${step}-${newId("op")}`;
    const { payment } = applyChange(psp, current, changeBy(psp, step, current.payment, key), key);
    scheduleFollowUp(psp, { ...current, payment });
  });
}

/** Schedules the follow-ups that an earlier process left undone. */
export function resumeFollowUps(psp: Psp): void {
  for (const record of psp.payments.all()) scheduleFollowUp(psp, record);
}

type Step = "dispute-open" | "dispute-win" | "dispute-lose" | `dashboard-${"capture" | "void" | "refund"}`;

function nextStep({ payment, behaviour: { followUp } }: PaymentRecord): Step | undefined {
  const { status, captured, refunded, operations, dispute } = payment;
  switch (followUp) {
    case "dispute-opened":
    case "dispute-won":
    case "dispute-lost":
      if (!dispute) return captured > refunded ? "dispute-open" : undefined;
      if (dispute.state !== "needs_response" || followUp === "dispute-opened") return undefined;
      return followUp === "dispute-won" ? "dispute-win" : "dispute-lose";
    case "dashboard-capture":
    case "dashboard-void":
      return status === "authorized" && operations.length === 0 ? followUp : undefined;
    case "dashboard-refund":
      return captured > 0 && operations.every(({ type }) => type !== "refund") ? followUp : undefined;
    case undefined:
      return undefined;
  }
}

function changeBy(psp: Psp, step: Step, payment: Payment, key: string): Change {
  const operation = { id: newId("op"), key, amount: payment.amount, at: isoNow(psp) };
  switch (step) {
    case "dispute-open": {
      const respond_by = new Date(psp.now() + respondWithinMs).toISOString();
      return openDispute(payment, { id: newId("dp"), respond_by });
    }
    case "dispute-win":
      return closeDispute(payment, payment.dispute!, "won");
    case "dispute-lose":
      return closeDispute(payment, payment.dispute!, "lost");
    case "dashboard-capture":
      return capture(payment, operation);
    case "dashboard-void":
      return voidRemaining(payment, operation);
    case "dashboard-refund": {
      const begun = beginRefund(payment, { ...operation, amount: payment.captured });
      return completeRefund(begun.payment, operation.id);
    }
  }
}

const stepMs = 2_000;
const respondWithinMs = 7 * 24 * 60 * 60 * 1_000;
