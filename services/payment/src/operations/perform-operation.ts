import { applyOperationOutcome } from "../rules/apply-operation-outcome.ts";
import { andThen, type Context } from "../rules/decision.ts";
import { disputedFailure, isRefundOfDisputed } from "../rules/dispute.ts";
import { followUp } from "../rules/follow-up.ts";
import { operationOf } from "../rules/operation.ts";
import type { Operation, Payment } from "../rules/payment.ts";
import { providerOperation, type OperationOutcome } from "../rules/provider.ts";
import { syncPayment, type SyncDependencies } from "../sync/sync-payment.ts";

export type PerformOptions = Omit<Context, "now"> & {
  readonly operationId: string;
  /** Whether the provider may have received it before: then it is read first. */
  readonly isRepeat: boolean;
  readonly traceparent?: string | undefined;
};

export type PerformedOperation = { readonly payment: Payment; readonly outcome: OperationOutcome };

/**
 * Calls the provider for an operation that was committed, and commits the outcome with its event. The operation's id
 * is the idempotency key, so that two processes never do it twice.
 */
export async function performOperation(
  deps: SyncDependencies,
  payment: Payment,
  options: PerformOptions,
): Promise<PerformedOperation> {
  const { operationId: id, isRepeat, traceparent, ...actor } = options;
  const operation = operationOf(payment, id);
  const outcome = await outcomeOf(deps, payment, operation, isRepeat);
  const lease = operation.leaseExpiresAt;
  const context = { ...actor, now: deps.now(), operationId: deps.newId(), lease };
  const { state } = await deps.store.update({
    id: payment.id,
    from: payment,
    traceparent,
    decide: (current) =>
      andThen(applyOperationOutcome(current, id, outcome, context), (next) => followUp(next, context)),
  });
  deps.telemetry.operationEnded(state, id, outcome);
  const hasMore = state.operations.some((one) => one.status === "PENDING" && one.id !== id);
  if (hasMore) deps.recovery.notify();
  // After a failure the provider's state may differ from the stored one.
  return { payment: outcome.kind === "failed" ? await syncPayment(deps, state, actor) : state, outcome };
}

async function outcomeOf(
  { provider }: SyncDependencies,
  payment: Payment,
  begun: Operation,
  isRepeat: boolean,
): Promise<OperationOutcome> {
  const operation = providerOperation(payment, begun);
  if (isRepeat) {
    const found = await provider.findOperation(operation);
    if (found.kind !== "missing") return found;
  }
  if (isRefundOfDisputed(payment, begun)) return { kind: "failed", ...disputedFailure };
  switch (operation.kind) {
    case "capture":
      return provider.capture(operation);
    case "void":
      return provider.void(operation);
    case "refund":
      return provider.refund(operation);
  }
}
