import { unchanged, type Context, type Decision } from "./decision.ts";
import { beginCapture, beginVoid } from "./begin-operation.ts";
import { begin, hasOpenOperation, isPaid, operationFor, refundable, type NewOperation } from "./operation.ts";
import type { Payment } from "./payment.ts";

/** A context with the id of the operation that may follow. */
export type FollowUpContext = Context & { readonly operationId: string };

/**
 * Begins the operation that a payment needs next: the capture of an automatic payment's authorization, or the void or
 * refund of a payment that must be reversed or was never paid. Pending operations come first.
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

/** Whether a part was captured and the rest voided, so that the order was never paid. */
export function isPaidInPart(payment: Payment): boolean {
  return isPaid(payment) && payment.captured.minorUnits < payment.amount.minorUnits;
}

/** Attempts to refund money that is owed, over about two days; then an operator must look at it. */
const mostTries = 10;
const firstDelayMs = 5 * 60_000;

/** Begins a refund of all that is refundable; after a failure another one, after a delay that doubles each time. */
function refundRemaining(payment: Payment, scope: string, context: FollowUpContext): Decision {
  const amount = refundable(payment);
  const isOfScope = (one: string | undefined) => one === scope || one?.startsWith(`${scope}:`) === true;
  const tries = payment.operations.filter((one) => one.kind === "refund" && isOfScope(one.scope)).length;
  if (amount.minorUnits === 0n || tries === mostTries) return unchanged(payment);
  const given = { id: context.operationId, reason: "the order was not paid with it" };
  if (tries === 0) return begin(payment, "refund", amount, { ...given, scope }, context);
  const leaseExpiresAt = new Date(context.now.getTime() + firstDelayMs * 2 ** (tries - 1));
  const again = { ...given, scope: `${scope}:${tries + 1}`, leaseExpiresAt };
  return begin(payment, "refund", amount, again, context);
}

/** Scopes of the operations that Till begins itself, each once a payment. */
const cancelScope = (paymentId: string) => `cancel:${paymentId}`;
const lateScope = (paymentId: string) => `late:${paymentId}`;
export const orphanedScope = (paymentId: string) => `orphaned:${paymentId}`;
