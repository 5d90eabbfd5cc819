import type { RequestKey } from "@till/rpc/request-key";
import { isUnavailable } from "@till/postgres/statements";
import type { Call } from "@till/rpc/server";
import { contextOf } from "../context.ts";
import { unchanged, type Context, type Decision } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import { outcomeUnknown } from "../charge/charge-result.ts";
import { appError } from "../rules/errors.ts";
import { isLeased, refuseAtWork } from "../rules/lease.ts";
import { isUndecided, type Operation, type Payment } from "../rules/payment.ts";
import type { OperationOutcome } from "../rules/provider.ts";
import { requirePayment } from "../rules/access.ts";
import { syncPayment } from "../sync/sync-payment.ts";
import { carryOut } from "./perform-operation.ts";
import { resumeOperation } from "../rules/begin-operation.ts";
import { type NewOperation } from "../rules/operation.ts";

/** An operation somebody asks for; `begin` is the rule that allows it, or finds that there is nothing to do. */
export type OperationCommand = {
  readonly paymentId: string;
  readonly request: RequestKey | undefined;
  readonly reason?: string | undefined;
  readonly begin: (payment: Payment, given: NewOperation, context: Context) => Decision;
};

/** What came of it: no operation where there was nothing to do, no outcome where an earlier call had it already. */
export type OperationResult = {
  readonly payment: Payment;
  readonly operation: Operation | undefined;
  readonly outcome?: OperationOutcome | undefined;
  readonly isReplay: boolean;
};

/**
 * Captures, voids or refunds in three visible steps: the intent is committed under the payment's lock with its sums
 * reserved, the provider is called with the operation's id as its key, the outcome is committed and published. Safe
 * to repeat: one caller and key always come to one operation.
 */
export async function runOperation(
  deps: Deps,
  asked: OperationCommand,
  call: Call,
): Promise<OperationResult> {
  const { request } = asked;
  const earlier = request && (await deps.store.findOperation(request));
  if (earlier) return repeat(deps, earlier, call);

  const payment = await deps.store.findShown(asked.paymentId);
  requirePayment(payment, asked.paymentId, call.caller);
  await bringUpToDate(deps, payment, call);
  const id = deps.newId();
  const context = contextOf(deps, call);
  const leaseExpiresAt = leaseFrom(deps, context);
  const { traceparent } = call;
  call.requireTime();
  const { state: begun } = await deps.store.update({
    id: asked.paymentId,
    traceparent,
    decide: (current) => {
      const same = sameRequest(current, request);
      if (same) return unchanged(current);
      return asked.begin(current, { id, request, reason: asked.reason, leaseExpiresAt }, context);
    },
  });
  if (begun.operations.some((one) => one.id === id)) {
    return { ...(await perform(deps, begun, id, false, call)), isReplay: false };
  }
  const same = sameRequest(begun, request);
  if (same) return repeat(deps, same, call);
  return { payment: begun, operation: undefined, isReplay: true };
}

/** An operation that was begun before is answered as it stands; one without an outcome is taken up again. */
export async function repeat(deps: Deps, earlier: Operation, call: Call): Promise<OperationResult> {
  call.requireTime();
  const context = contextOf(deps, call);
  const until = leaseFrom(deps, context);
  const { state: payment } = await deps.store.update({
    id: earlier.paymentId,
    decide: (current) => resumeOperation(current, earlier.id, until, context),
  });
  const operation = payment.operations.find(({ id }) => id === earlier.id)!;
  deps.telemetry.paymentRepeated(payment, call);
  if (operation.status !== "PENDING") return { payment, operation, isReplay: true };
  return { ...(await perform(deps, payment, earlier.id, true, call)), isReplay: true };
}

/** What nobody knows the outcome of is found out before anything else is done with a payment. */
async function bringUpToDate(deps: Deps, payment: Payment, call: Call): Promise<void> {
  const now = deps.now();
  const isLoose = (one: { readonly leaseExpiresAt: Date | undefined }) => !isLeased(one, now);
  const isStale =
    (isUndecided(payment) && isLoose(payment)) ||
    payment.operations.some((one) => one.status === "PENDING" && isLoose(one));
  const current = isStale ? await syncPayment(deps, payment, contextOf(deps, call)) : payment;
  if (current.status === "UNKNOWN") throw outcomeUnknown(payment.id);
  if (current.status === "PENDING" && !isLoose(current)) refuseAtWork(current.id, current, now);
}

async function perform(deps: Deps, payment: Payment, operationId: string, isRepeat: boolean, call: Call) {
  const { actor, origin, requestId } = contextOf(deps, call);
  const { traceparent } = call;
  try {
    const how = { operationId, isRepeat, actor, origin, requestId, traceparent };
    const { payment: after, outcome } = await carryOut(deps, payment, how);
    return { payment: after, outcome, operation: after.operations.find(({ id }) => id === operationId) };
  } catch (error) {
    // The money may have moved and we cannot write it down now: the provider is asked again later.
    throw isUnavailable(error) ? outcomeUnknown(payment.id, error) : error;
  }
}

function sameRequest(payment: Payment, request: RequestKey | undefined): Operation | undefined {
  if (!request) return undefined;
  const { callerId, key, hash } = request;
  const same = payment.operations.find(
    (one) => one.request?.callerId === callerId && one.request.key === key,
  );
  if (same && same.request?.hash !== hash) {
    throw appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
  }
  return same;
}

function leaseFrom({ policies }: Deps, { now }: Context): Date {
  return new Date(now.getTime() + policies.operationMs);
}
