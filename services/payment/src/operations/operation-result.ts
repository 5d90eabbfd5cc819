import type { AppError } from "@till/rpc/errors";
import { appError, outcomeUnknown } from "../rules/errors.ts";
import type { Failure, Operation } from "../rules/payment.ts";
import type { OperationResult } from "./run-operation.ts";

/** Throws the failure of an operation, or PAYMENT_UNKNOWN without an outcome. */
export function requireSucceeded({ operation, outcome }: OperationResult): void {
  if (!operation || operation.status === "SUCCEEDED") return;
  const { paymentId: payment_id, id: operation_id, kind } = operation;
  if (operation.failure) throw declineOf(operation, operation.failure);
  if (outcome?.kind === "unsent") {
    const facts = { metadata: { upstream: "psp", payment_id, operation_id }, retryAfterMs: 1000 };
    throw appError(
      "UPSTREAM_UNAVAILABLE",
      `the payment provider cannot be reached; the ${kind} is recorded and made once it can, repeat the request with the same key`,
      facts,
    );
  }
  // A pending refund is a result.
  if (kind === "refund" && outcome?.kind === "pending") return;
  throw outcomeUnknown(payment_id);
}

/** REFUND_DECLINED for a refund, PAYMENT_DECLINED for a capture or void. */
function declineOf(
  { kind, id, paymentId: payment_id }: Operation,
  { code: failure_code, reason, retryable }: Failure,
): AppError {
  const metadata = { failure_code, retryable: String(retryable), payment_id };
  if (kind === "refund")
    return appError("REFUND_DECLINED", reason, { metadata: { ...metadata, refund_id: id } });
  return appError("PAYMENT_DECLINED", reason, { metadata: { ...metadata, operation_id: id } });
}
