import { unchanged, type Context, type Decision } from "./decision.ts";
import { beginCapture, beginVoid } from "./begin-operation.ts";
import { begin, hasOpenOperation, isPaid, operationFor, refundable, type NewOperation } from "./operation.ts";
import type { Payment } from "./payment.ts";

/** A context that also brings the id of the operation that may have to follow. */
export type FollowUpContext = Context & { readonly operationId: string };

/**
 * What a payment's wishes ask for next: to take what is held, to let it go because the order does not want it, or to
 * give back what was taken and never counted. What is under way comes to its end first.
 */
export function followUp(payment: Payment, context: FollowUpContext): Decision {
  const { id, status, mustReverse, captureMethod } = payment;
  if (hasOpenOperation(payment)) return unchanged(payment);
  const once = (scope: string, start: (given: NewOperation) => Decision) =>
    operationFor(payment, scope) ? unchanged(payment) : start({ id: context.operationId, scope });
  if (mustReverse && (status === "AUTHORIZED" || status === "REQUIRES_ACTION")) {
    return once(cancelScope(id), (given) => beginVoid(payment, given, context));
  }
  if (mustReverse && isPaid(payment)) return refundRemaining(payment, lateScope(id), context);
  if (status === "FAILED" || status === "VOIDED") return refundRemaining(payment, orphanedScope(id), context);
  if (captureMethod === "automatic" && status === "AUTHORIZED") {
    return once(`capture:${id}`, (given) => beginCapture(payment, undefined, given, context));
  }
  return unchanged(payment);
}

/** Whether a part of it was captured and the rest let go, so that it never counted as paid. */
export function isPaidInPart(payment: Payment): boolean {
  return isPaid(payment) && payment.captured.minorUnits < payment.amount.minorUnits;
}

/** How often money that is owed is tried to be given back: for about two days, then somebody must look at it. */
const mostTries = 10;
const firstRestMs = 5 * 60_000;

/** All that is left goes back: at once, and where that failed, again after a rest that gets longer each time. */
function refundRemaining(payment: Payment, scope: string, context: FollowUpContext): Decision {
  const amount = refundable(payment);
  const isOfScope = (one: string | undefined) => one === scope || one?.startsWith(`${scope}:`) === true;
  const tries = payment.operations.filter((one) => one.kind === "refund" && isOfScope(one.scope)).length;
  if (amount.minorUnits === 0n || tries === mostTries) return unchanged(payment);
  const given = { id: context.operationId, reason: "it never counted as paid" };
  if (tries === 0) return begin(payment, "refund", amount, { ...given, scope }, context);
  const leaseExpiresAt = new Date(context.now.getTime() + firstRestMs * 2 ** (tries - 1));
  const again = { ...given, scope: `${scope}:${tries + 1}`, leaseExpiresAt };
  return begin(payment, "refund", amount, again, context);
}

/** The scopes of what follows by itself, each of it once for a payment. */
export const cancelScope = (paymentId: string) => `cancel:${paymentId}`;
export const lateScope = (paymentId: string) => `late:${paymentId}`;
export const orphanedScope = (paymentId: string) => `orphaned:${paymentId}`;
