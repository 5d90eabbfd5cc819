import type { AppError } from "@till/rpc/errors";
import { transition, recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { isOpen, type Failure, type Payment } from "./payment.ts";

/**
 * Resumes a payment without an outcome for a repeated request, under a new lease. Throws REQUEST_IN_PROGRESS while another
 * process has the lease. An attempt whose lease expired was interrupted: whether it charged is not known.
 */
export function resumeAttempt(payment: Payment, leaseExpiresAt: Date, context: Context): Decision {
  if (!isOpen(payment)) return unchanged(payment);
  if (isLeased(payment, context.now)) throw requestInProgress(payment.id, payment, context.now);
  const how = { ...context, entry: "PAYMENT_RESUMED", change: { leaseExpiresAt } };
  const wasInterrupted = payment.status === "PENDING" && payment.leaseExpiresAt !== undefined;
  return wasInterrupted
    ? transition(payment, "UNKNOWN", { ...how, reason: "interrupted" })
    : recordChange(payment, how);
}

/** Whether a process has the lease of a payment or operation. */
export function isLeased({ leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">, now: Date): boolean {
  return leaseExpiresAt !== undefined && leaseExpiresAt > now;
}

/**
 * REQUEST_IN_PROGRESS, for a payment or operation under lease. Its holder is done within moments; if that process has
 * died, the lease expires.
 */
export function requestInProgress(
  payment_id: string,
  { leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">,
  now: Date,
  what = "this payment is being made",
): AppError {
  const leftMs = (leaseExpiresAt?.getTime() ?? 0) - now.getTime();
  const retryAfterMs = Math.min(Math.max(leftMs, 500), 1_000);
  return appError("REQUEST_IN_PROGRESS", `${what} right now, repeat the request`, {
    metadata: { payment_id },
    retryAfterMs,
  });
}

/** A context with the lease under which the change is made. */
export type LeaseContext = Context & { readonly lease: Date | undefined };

/** Whether the lease is another one by now: only its holder may end an attempt. */
export function hasLostLease(
  { leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">,
  { lease }: LeaseContext,
): boolean {
  return leaseExpiresAt?.getTime() !== lease?.getTime();
}

/** Ends an attempt without an outcome; a repeated request may resume the payment. */
export function suspendAttempt(
  payment: Payment,
  entry: string,
  reason: string,
  context: LeaseContext,
): Decision {
  if (!isOpen(payment) || hasLostLease(payment, context)) return unchanged(payment);
  return recordChange(payment, { ...context, entry, reason, change: { leaseExpiresAt: undefined } });
}

/**
 * Fails a payment that the order service rejected. No charge was tried, so no event is published and the key is free
 * again. If an earlier attempt may have charged, the payment stays open for a sync.
 */
export function rejectAttempt(
  payment: Payment,
  code: string,
  reason: string,
  context: LeaseContext,
): Decision {
  if (payment.status !== "PENDING" || hasLostLease(payment, context)) {
    return suspendAttempt(payment, "PAYMENT_REFUSED", code, context);
  }
  const failure = { code, reason, retryable: false };
  const change = { leaseExpiresAt: undefined, failure, request: undefined };
  return transition(payment, "FAILED", { ...context, entry: "PAYMENT_REFUSED", reason: code, change });
}

/**
 * Fails a payment that the provider does not have, when no charge can arrive any more. The event is published if the
 * payment holds the order's slot: another payment's slot must stay.
 */
export function failAbandoned(payment: Payment, { giveUpMs, holdsSlot }: GiveUp, context: Context): Decision {
  if (!isAbandoned(payment, giveUpMs, context.now)) return unchanged(payment);
  const failure = {
    code: "provider_timeout",
    reason: "The provider never confirmed the payment.",
    retryable: true,
  };
  const failed = failWith(payment, failure, "PAYMENT_GIVEN_UP", context);
  return holdsSlot ? failed : { ...failed, events: [] };
}

export type GiveUp = { readonly giveUpMs: number; readonly holdsSlot: boolean };

/** Whether an open payment's last attempt is so old that no charge can arrive any more. */
export function isAbandoned(payment: Payment, giveUpMs: number, now: Date): boolean {
  const idleSince = payment.leaseExpiresAt ?? payment.updatedAt;
  return isOpen(payment) && now.getTime() - idleSince.getTime() >= giveUpMs;
}

/** Fails a payment and publishes it. */
export function failWith(
  payment: Payment,
  { code, reason, retryable }: Failure,
  entry: string,
  context: Context & { readonly change?: Partial<Payment> },
): Decision {
  const failure = { code, reason, retryable };
  const change = { ...context.change, leaseExpiresAt: undefined, actionUrl: undefined, failure };
  const failed = transition(payment, "FAILED", { ...context, entry, reason: code, change });
  return { ...failed, events: [{ type: "payment.failed", payment: failed.payment }] };
}
