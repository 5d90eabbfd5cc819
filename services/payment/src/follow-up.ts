import { unchanged } from "./decision.ts";
import { beginCapture, beginRefund, beginVoid } from "./operations/operation-rules.ts";
import { hasOpenOperation, isPaid, operationFor, refundable } from "./operations/operation.ts";
import type { Context, Decision, Payment } from "./payment.ts";

/** A context that also brings the id of the operation that may have to follow. */
export type Settling = Context & { readonly operationId: string };

/** What a payment's wishes ask for next: to take what is held, or to let it go because the order was cancelled. */
export function followUp(payment: Payment, context: Settling): Decision {
  const { id, status, isUnwanted, wantsCapture } = payment;
  const once = (scope: string, start: (given: { id: string; scope: string }) => Decision) =>
    operationFor(payment, scope) || hasOpenOperation(payment)
      ? unchanged(payment)
      : start({ id: context.operationId, scope });
  if (isUnwanted && (status === "AUTHORIZED" || status === "REQUIRES_ACTION")) {
    return once(cancelScope(id), (given) => beginVoid(payment, given, context));
  }
  // What was taken in full is told to the order, which asks for it back; of a part it never hears.
  if (isUnwanted && isPaidInPart(payment)) {
    if (refundable(payment).minorUnits === 0n) return unchanged(payment);
    return once(lateScope(id), (given) => beginRefund(payment, undefined, given, context));
  }
  if (wantsCapture && status === "AUTHORIZED") {
    return once(`capture:${id}`, (given) => beginCapture(payment, undefined, given, context));
  }
  return unchanged(payment);
}

/** Whether a part of it was captured and the rest let go, so that it never counted as paid. */
export function isPaidInPart(payment: Payment): boolean {
  return isPaid(payment) && payment.captured.minorUnits < payment.amount.minorUnits;
}

/** The scopes of what follows by itself, each of it once for a payment. */
export const cancelScope = (paymentId: string) => `cancel:${paymentId}`;
export const lateScope = (paymentId: string) => `late:${paymentId}`;
export const strayScope = (paymentId: string) => `stray:${paymentId}`;
