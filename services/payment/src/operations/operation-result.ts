import { outcomeUnknown } from "../rules/outcome-unknown.ts";
import { appError } from "../rules/errors.ts";
import type { Operation } from "../rules/payment.ts";
import type { OperationResult } from "./run-operation.ts";

/** Throws what an operation has come to that was not carried out, or of which that is not known. */
export function requireSucceeded({ operation, outcome }: OperationResult): void {
  if (!operation || operation.status === "SUCCEEDED") return;
  const { paymentId: payment_id, id: operation_id, kind } = operation;
  if (operation.failure) throwFailure(operation);
  if (outcome?.kind === "unsent") {
    const facts = { metadata: { upstream: "psp", payment_id, operation_id }, retryAfterMs: 1000 };
    throw appError(
      "UPSTREAM_UNAVAILABLE",
      `the payment provider cannot be reached; the ${kind} is recorded and made once it can, ask again with the same key`,
      facts,
    );
  }
  // The provider has it in hand: for a refund that is an answer.
  if (kind === "refund" && outcome?.kind === "pending") return;
  throw outcomeUnknown(payment_id);
}

function throwFailure({ kind, id, paymentId: payment_id, failure }: Operation): never {
  const { code: failure_code, reason, retryable } = failure!;
  const metadata = { failure_code, retryable: String(retryable), payment_id };
  if (kind === "refund")
    throw appError("REFUND_DECLINED", reason, { metadata: { ...metadata, refund_id: id } });
  throw appError("PAYMENT_DECLINED", reason, { metadata: { ...metadata, operation_id: id } });
}
