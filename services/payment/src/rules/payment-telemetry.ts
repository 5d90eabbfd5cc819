import type { Decision } from "./decision.ts";
import type { Payment } from "./payment.ts";
import type { Finding, OperationOutcome, Outcome } from "./provider.ts";

/** What use cases report to operators: one function a business event, so that log line and counter agree. */
export type PaymentTelemetry = {
  /** A payment was inserted, or a change of it was committed. */
  paymentChanged(decision: Decision): void;
  attemptEnded(payment: Payment, outcome: Outcome, call: CallIds): void;
  attemptRejected(payment: Payment, reason: string, call: CallIds): void;
  paymentRepeated(payment: Payment, call: CallIds): void;
  paymentSynced(payment: Payment, finding: Finding): void;
  operationEnded(payment: Payment, operationId: string, outcome: OperationOutcome): void;
  recoveryFailed(error: unknown, payment?: Payment): void;
};

type CallIds = { readonly requestId: string };
