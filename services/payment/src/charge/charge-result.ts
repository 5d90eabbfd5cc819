import { isUnavailable } from "@till/postgres/statements";
import { type AppError } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { contextOf, followUpContext } from "../context.ts";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import type { Outcome } from "../rules/provider.ts";
import { applyOutcome } from "../rules/apply-charge-outcome.ts";
import { rejectAttempt, suspendAttempt } from "../rules/lease.ts";
import type { Admission } from "../upstreams/orders.ts";

/** A payment as its maker is answered it. Throws what a payment that was not made has come to. */
export function chargeResultOf(payment: Payment): Payment {
  const { id: payment_id, status, failure: failed } = payment;
  if (status === "UNKNOWN") throw outcomeUnknown(payment_id);
  if (status === "PENDING") {
    const facts = { metadata: { upstream: "psp", payment_id }, retryAfterMs: 1000 };
    throw appError(
      "UPSTREAM_UNAVAILABLE",
      "the payment provider cannot be reached, nothing was charged, try again",
      facts,
    );
  }
  if (failed) {
    const { code: failure_code, reason, retryable } = failed;
    throw appError("PAYMENT_DECLINED", reason, {
      metadata: { failure_code, retryable: String(retryable), payment_id },
    });
  }
  return payment;
}

/** Commits what the provider made of a payment, with its event, and answers it. */
export async function recordOutcome(
  deps: Deps,
  payment: Payment,
  outcome: Outcome,
  call: Call,
): Promise<Payment> {
  const context = { ...followUpContext(deps, contextOf(deps, call)), lease: payment.leaseExpiresAt };
  const { traceparent } = call;
  const { state: settled } = await deps.store
    .update({ id: payment.id, traceparent, decide: (current) => applyOutcome(current, outcome, context) })
    .catch((error: unknown) => {
      // The money may have moved and we cannot write it down now: the provider is asked again later.
      throw isUnavailable(error) ? outcomeUnknown(payment.id, error) : error;
    });
  deps.telemetry.attemptEnded(settled, outcome, call);
  // What follows by itself, such as money that must go back, is not what this caller waits for.
  if (settled.operations.length > 0) deps.recovery.notify();
  return chargeResultOf(settled);
}

/** Ends an attempt that was not let through, and throws why. */
export async function rejectPayment(
  deps: Deps,
  payment: Payment,
  gate: ShutGate,
  call: Call,
): Promise<Payment> {
  const { kind, error } = gate;
  const context = { ...contextOf(deps, call), lease: payment.leaseExpiresAt };
  const { state: ended } = await deps.store.update({
    id: payment.id,
    decide: (current) =>
      kind === "refused"
        ? rejectAttempt(current, error.reason, error.message, context)
        : suspendAttempt(current, "ORDER_UNREACHABLE", error.reason, context),
  });
  deps.telemetry.attemptTurnedBack(payment, error.reason, call);
  // A "no" is only the truth where no earlier attempt may have charged.
  if (kind === "refused" && ended.failure?.code !== error.reason) return chargeResultOf(ended);
  throw error;
}

export type ShutGate = Exclude<Admission, { readonly kind: "open" }>;

/** Whether money moved is not known yet. */
export function outcomeUnknown(payment_id: string, cause?: unknown): AppError {
  const message = "what became of it is not known yet; it is being found out, ask again with the same key";
  return appError("PAYMENT_UNKNOWN", message, { metadata: { payment_id }, retryAfterMs: 2000, cause });
}
