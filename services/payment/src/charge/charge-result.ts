import { isUnavailable } from "@till/postgres/unavailable";
import type { Call } from "@till/rpc/server";
import { applyOutcome } from "../rules/apply-charge-outcome.ts";
import { contextOf } from "../rules/decision.ts";
import { appError, outcomeUnknown } from "../rules/errors.ts";
import { rejectAttempt, suspendAttempt } from "../rules/lease.ts";
import type { Payment } from "../rules/payment.ts";
import type { Outcome } from "../rules/provider.ts";
import type { SyncDependencies } from "../sync/sync-payment.ts";
import type { NotAdmitted } from "../upstreams/orders.ts";

type ResultDependencies = Omit<SyncDependencies, "provider">;

/** The payment for its maker. Throws PAYMENT_DECLINED, PAYMENT_UNKNOWN or UPSTREAM_UNAVAILABLE. */
export function chargeResultOf(payment: Payment): Payment {
  const { id: payment_id, status, failure } = payment;
  if (status === "UNKNOWN") throw outcomeUnknown(payment_id);
  if (status === "PENDING") {
    const message = "the payment provider cannot be reached, nothing was charged, try again";
    const facts = { metadata: { upstream: "psp", payment_id }, retryAfterMs: 1000 };
    throw appError("UPSTREAM_UNAVAILABLE", message, facts);
  }
  if (failure) {
    const { code: failure_code, reason, retryable } = failure;
    const metadata = { failure_code, retryable: String(retryable), payment_id };
    throw appError("PAYMENT_DECLINED", reason, { metadata });
  }
  return payment;
}

/** Commits the provider's outcome with its event. Returns and throws as `chargeResultOf`. */
export async function recordOutcome(
  deps: ResultDependencies,
  payment: Payment,
  outcome: Outcome,
  call: Call,
): Promise<Payment> {
  const context = {
    ...contextOf(call, deps.now()),
    operationId: deps.newId(),
    lease: payment.leaseExpiresAt,
  };
  const { traceparent } = call;
  const { state } = await deps.store
    .update({
      id: payment.id,
      from: payment,
      traceparent,
      decide: (current) => applyOutcome(current, outcome, context),
    })
    .catch((error: unknown) => {
      // The money may have moved and the outcome cannot be stored now: the recovery worker syncs the payment.
      throw isUnavailable(error) ? outcomeUnknown(payment.id, error) : error;
    });
  deps.telemetry.attemptEnded(state, outcome, call);
  // This caller does not wait for what follows, such as the refund of an orphaned charge.
  if (state.operations.length > 0) deps.recovery.notify();
  return chargeResultOf(state);
}

/** Ends an attempt that the order did not admit. Throws the admission's error. */
export async function rejectPayment(
  deps: Pick<ResultDependencies, "store" | "telemetry" | "now">,
  payment: Payment,
  { kind, error }: NotAdmitted,
  call: Call,
): Promise<Payment> {
  const context = { ...contextOf(call, deps.now()), lease: payment.leaseExpiresAt };
  const { state } = await deps.store.update({
    id: payment.id,
    from: payment,
    decide: (current) =>
      kind === "rejected"
        ? rejectAttempt(current, error.reason, error.message, context)
        : suspendAttempt(current, "ORDER_UNREACHABLE", error.reason, context),
  });
  deps.telemetry.attemptRejected(payment, error.reason, call);
  // A rejection is final only when no earlier attempt may have charged.
  if (kind === "rejected" && state.failure?.code !== error.reason) return chargeResultOf(state);
  throw error;
}
