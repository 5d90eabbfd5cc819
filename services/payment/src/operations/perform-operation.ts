import { settlingOf } from "../context.ts";
import { followedBy, type Context } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import type { Payment } from "../rules/payment.ts";
import { type ProviderOperation, type OperationOutcome, providerOperation } from "../rules/provider.ts";
import { followUp } from "../rules/follow-up.ts";
import { settleByProvider } from "../sync/sync-payment.ts";
import { operationOf } from "../rules/operation.ts";
import { settleOperation } from "../rules/apply-operation-outcome.ts";

type Acting = Pick<Deps, "store" | "provider" | "recovery" | "limits" | "telemetry" | "newId" | "now">;

export type CarryOut = Omit<Context, "now"> & {
  readonly operationId: string;
  /** Whether the provider may have heard of it, so that it is asked before anything is repeated. */
  readonly isRepeat: boolean;
  readonly traceparent?: string | undefined;
};

export type CarriedOut = { readonly payment: Payment; readonly outcome: OperationOutcome };

/**
 * Has the provider do what was committed to be done, and commits what came of it with its event. The operation's id
 * is the provider's key, so that nothing is done twice, whoever else is at it.
 */
export async function carryOut(deps: Acting, payment: Payment, how: CarryOut): Promise<CarriedOut> {
  const { operationId: id, isRepeat, traceparent, ...who } = how;
  const operation = operationOf(payment, id);
  const asked = providerOperation(payment, operation);
  const outcome = await outcomeOf(deps, asked, isRepeat);
  const lease = operation.attemptUntil;
  const context = { ...settlingOf(deps, { ...who, now: deps.now() }), lease };
  const { state: settled } = await deps.store.update({
    id: payment.id,
    traceparent,
    decide: (current) =>
      followedBy(settleOperation(current, id, outcome, context), (next) => followUp(next, context)),
  });
  deps.telemetry.operationEnded(settled, id, outcome);
  const hasMore = settled.operations.some((one) => one.status === "PENDING" && one.id !== id);
  if (hasMore) deps.recovery.notify();
  // The provider may have the payment elsewhere, so it is asked where.
  const isOff = outcome.kind === "failed";
  return { payment: isOff ? await settleByProvider(deps, settled, who) : settled, outcome };
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
