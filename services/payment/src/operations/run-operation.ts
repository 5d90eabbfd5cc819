import type { RequestKey } from "@till/rpc/request-key";
import { isUnavailable } from "@till/postgres/unavailable";
import type { Call } from "@till/rpc/server";
import { decideForCaller } from "../rules/decide-for-caller.ts";
import { contextOf, unchanged, type Context, type Decision } from "../rules/decision.ts";
import { keyReused, outcomeUnknown } from "../rules/errors.ts";
import { isLeased, requestInProgress } from "../rules/lease.ts";
import { isUndecided, type Operation, type Payment } from "../rules/payment.ts";
import type { OperationOutcome } from "../rules/provider.ts";
import { requirePayment } from "../rules/access.ts";
import type { Store } from "../store/store.ts";
import { syncPayment, type SyncDependencies } from "../sync/sync-payment.ts";
import { performOperation } from "./perform-operation.ts";
import { resumeOperation } from "../rules/begin-operation.ts";
import { type NewOperation } from "../rules/operation.ts";

/** What CapturePayment, VoidPayment and RefundPayment touch. */
export type OperationDependencies = SyncDependencies & {
  readonly store: Pick<Store, "find" | "findOperation" | "findShown" | "update">;
  readonly policies: OperationPolicies;
};

type OperationPolicies = {
  /** The lease of one attempt at a capture, a void or a refund. */
  readonly operationMs: number;
};

/** The request for an operation; `begin` is the rule that allows it, or finds that there is nothing to do. */
export type OperationCommand = {
  readonly paymentId: string;
  readonly request: RequestKey | undefined;
  readonly reason?: string | undefined;
  readonly begin: (payment: Payment, given: NewOperation, context: Context) => Decision;
};

/** No operation when there was nothing to do, no outcome when an earlier call has recorded it. */
export type OperationResult = {
  readonly payment: Payment;
  readonly operation: Operation | undefined;
  readonly outcome?: OperationOutcome | undefined;
  readonly isReplay: boolean;
};

/**
 * Captures, voids or refunds in three visible steps: the intent is committed with its sums
 * reserved, the provider is called with the operation's id as its key, the outcome is committed and published. Safe
 * to repeat: one caller and key always come to one operation.
 */
export async function runOperation(
  deps: OperationDependencies,
  command: OperationCommand,
  call: Call,
): Promise<OperationResult> {
  const { request } = command;
  const earlier = request && (await deps.store.findOperation(request));
  if (earlier) return repeat(deps, earlier, call);

  const payment = await deps.store.findShown(command.paymentId);
  requirePayment(payment, command.paymentId, call.caller);
  await bringUpToDate(deps, payment, call);
  const id = deps.newId();
  const context = contextOf(call, deps.now());
  const leaseExpiresAt = leaseFrom(deps, context);
  const { traceparent } = call;
  call.requireTime();
  const { state: begun } = await deps.store.update({
    id: command.paymentId,
    traceparent,
    decide: (current) => {
      if (sameRequest(current, request)) return unchanged(current);
      const given = { id, request, reason: command.reason, leaseExpiresAt };
      return decideForCaller(current, call.caller, context, () => command.begin(current, given, context));
    },
  });
  if (begun.operations.some((one) => one.id === id)) {
    return { ...(await perform(deps, begun, id, false, call)), isReplay: false };
  }
  const same = sameRequest(begun, request);
  if (same) return repeat(deps, same, call);
  return { payment: begun, operation: undefined, isReplay: true };
}

/** Returns an operation that was begun before as it stands; one without an outcome is resumed. */
export async function repeat(
  deps: OperationDependencies,
  earlier: Operation,
  call: Call,
): Promise<OperationResult> {
  call.requireTime();
  const context = contextOf(call, deps.now());
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

/** Syncs a payment without an outcome before anything else is done with it. */
async function bringUpToDate(deps: OperationDependencies, payment: Payment, call: Call): Promise<void> {
  const now = deps.now();
  const isLoose = (one: { readonly leaseExpiresAt: Date | undefined }) => !isLeased(one, now);
  const isStale =
    (isUndecided(payment) && isLoose(payment)) ||
    payment.operations.some((one) => one.status === "PENDING" && isLoose(one));
  const current = isStale ? await syncPayment(deps, payment, contextOf(call, deps.now())) : payment;
  if (current.status === "UNKNOWN") throw outcomeUnknown(payment.id);
  if (current.status === "PENDING" && !isLoose(current)) throw requestInProgress(current.id, current, now);
}

async function perform(
  deps: OperationDependencies,
  payment: Payment,
  operationId: string,
  isRepeat: boolean,
  call: Call,
) {
  const { actor, peerAddress, requestId } = contextOf(call, deps.now());
  const { traceparent } = call;
  try {
    const how = { operationId, isRepeat, actor, peerAddress, requestId, traceparent };
    const { payment: after, outcome } = await performOperation(deps, payment, how);
    return { payment: after, outcome, operation: after.operations.find(({ id }) => id === operationId) };
  } catch (error) {
    // The money may have moved and the outcome cannot be stored now: the recovery worker syncs the payment.
    throw isUnavailable(error) ? outcomeUnknown(payment.id, error) : error;
  }
}

function sameRequest(payment: Payment, request: RequestKey | undefined): Operation | undefined {
  if (!request) return undefined;
  const { callerId, key, hash } = request;
  const same = payment.operations.find(
    (one) => one.request?.callerId === callerId && one.request.key === key,
  );
  if (same && same.request?.hash !== hash) throw keyReused();
  return same;
}

function leaseFrom({ policies }: OperationDependencies, { now }: Context): Date {
  return new Date(now.getTime() + policies.operationMs);
}
