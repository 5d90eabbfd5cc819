import { transition, recordChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { isOpen, type Failure, type Payment } from "./payment.ts";

/**
 * Takes a payment up again for a repeated request; one that has come to an end is left as it is. Throws
 * REQUEST_IN_PROGRESS while another process is at work on it. An attempt that ran out of time without a word was
 * interrupted: whether it charged is not known.
 */
export function resumeAttempt(payment: Payment, leaseExpiresAt: Date, context: Context): Decision {
  if (!isOpen(payment)) return unchanged(payment);
  if (isLeased(payment, context.now)) refuseAtWork(payment.id, payment, context.now);
  const how = { ...context, entry: "PAYMENT_RESUMED", change: { leaseExpiresAt } };
  const wasInterrupted = payment.status === "PENDING" && payment.leaseExpiresAt !== undefined;
  return wasInterrupted
    ? transition(payment, "UNKNOWN", { ...how, reason: "interrupted" })
    : recordChange(payment, how);
}

/** Whether a process is at work on a payment with the provider. */
export function isLeased({ leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">, now: Date): boolean {
  return leaseExpiresAt !== undefined && leaseExpiresAt > now;
}

/**
 * Throws REQUEST_IN_PROGRESS for what somebody is at work on. Whoever lives is done within moments; where that process
 * has died, it is free when its lease has run out.
 */
export function refuseAtWork(
  payment_id: string,
  { leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">,
  now: Date,
  what = "this payment is being made",
): never {
  const leftMs = (leaseExpiresAt?.getTime() ?? 0) - now.getTime();
  const retryAfterMs = Math.min(Math.max(leftMs, 500), 1_000);
  throw appError("REQUEST_IN_PROGRESS", `${what} right now, ask again`, {
    metadata: { payment_id },
    retryAfterMs,
  });
}

/** A context that also knows the lease its change is made under, as whoever makes it was given or found it. */
export type LeaseContext = Context & { readonly lease: Date | undefined };

/** Whether somebody else has taken it over since, or let go of it: whoever lost a lease ends nobody else's. */
export function hasLostLease(
  { leaseExpiresAt }: Pick<Payment, "leaseExpiresAt">,
  { lease }: LeaseContext,
): boolean {
  return leaseExpiresAt?.getTime() !== lease?.getTime();
}

/** Ends an attempt that got nowhere; the same request may take it up again. */
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
 * The order service does not let the payment through. As nothing was tried, nobody is told and the key is free again;
 * where an earlier attempt may have charged, that comes to light first.
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
 * Fails a payment the provider has not heard of for so long that no charge can be on its way any more. The order is
 * told where the payment holds its slot; another one's must not be disturbed.
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

/** Whether nobody has worked on an open payment for so long that a charge still on its way can be ruled out. */
export function isAbandoned(payment: Payment, giveUpMs: number, now: Date): boolean {
  const quietSince = payment.leaseExpiresAt ?? payment.updatedAt;
  return isOpen(payment) && now.getTime() - quietSince.getTime() >= giveUpMs;
}

/** Fails a payment and tells so. */
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
