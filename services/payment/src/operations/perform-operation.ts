import { followUpContext } from "../context.ts";
import { andThen, type Context } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import type { Payment } from "../rules/payment.ts";
import { type ProviderOperation, type OperationOutcome, providerOperation } from "../rules/provider.ts";
import { followUp } from "../rules/follow-up.ts";
import { syncPayment } from "../sync/sync-payment.ts";
import { operationOf } from "../rules/operation.ts";
import { applyOperationOutcome } from "../rules/apply-operation-outcome.ts";

type Acting = Pick<Deps, "store" | "provider" | "recovery" | "limits" | "telemetry" | "newId" | "now">;

export type PerformOptions = Omit<Context, "now"> & {
  readonly operationId: string;
  /** Whether the provider may have heard of it, so that it is asked before anything is repeated. */
  readonly isRepeat: boolean;
  readonly traceparent?: string | undefined;
};

export type PerformedOperation = { readonly payment: Payment; readonly outcome: OperationOutcome };

/**
 * Has the provider do what was committed to be done, and commits what came of it with its event. The operation's id
 * is the provider's key, so that nothing is done twice, whoever else is at it.
 */
export async function carryOut(
  deps: Acting,
  payment: Payment,
  how: PerformOptions,
): Promise<PerformedOperation> {
  const { operationId: id, isRepeat, traceparent, ...who } = how;
  const operation = operationOf(payment, id);
  const asked = providerOperation(payment, operation);
  const outcome = await outcomeOf(deps, asked, isRepeat);
  const lease = operation.leaseExpiresAt;
  const context = { ...followUpContext(deps, { ...who, now: deps.now() }), lease };
  const { state: settled } = await deps.store.update({
    id: payment.id,
    traceparent,
    decide: (current) =>
      andThen(applyOperationOutcome(current, id, outcome, context), (next) => followUp(next, context)),
  });
  deps.telemetry.operationEnded(settled, id, outcome);
  const hasMore = settled.operations.some((one) => one.status === "PENDING" && one.id !== id);
  if (hasMore) deps.recovery.notify();
  // The provider may have the payment elsewhere, so it is asked where.
  const isOff = outcome.kind === "failed";
  return { payment: isOff ? await syncPayment(deps, settled, who) : settled, outcome };
}

async function outcomeOf(
  { provider }: Acting,
  asked: ProviderOperation,
  isRepeat: boolean,
): Promise<OperationOutcome> {
  if (isRepeat) {
    const found = await provider.findOperation(asked);
    if (found.kind !== "missing") return found;
  }
  switch (asked.kind) {
    case "capture":
      return provider.capture(asked);
    case "void":
      return provider.void(asked);
    case "refund":
      return provider.refund(asked);
  }
}
