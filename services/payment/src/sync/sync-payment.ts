import { applyOperationOutcome } from "../rules/apply-operation-outcome.ts";
import { andThen, unchanged, type Context, type Decision } from "../rules/decision.ts";
import { followUp } from "../rules/follow-up.ts";
import { failSucceededRefund, lateFailureOf, refundsInDoubt } from "../rules/provider-drift.ts";
import { isLeased } from "../rules/lease.ts";
import type { Payment } from "../rules/payment.ts";
import type { PaymentTelemetry } from "../rules/payment-telemetry.ts";
import { applyProviderState, type DriftContext, type ProviderState } from "../rules/provider-drift.ts";
import { providerOperation, type Finding, type Provider } from "../rules/provider.ts";
import type { Store } from "../store/store.ts";

/** What a sync touches. */
export type SyncDependencies = {
  readonly store: Pick<Store, "find" | "update">;
  readonly provider: Provider;
  /** Notified of operations that were begun, for the recovery worker to perform. */
  readonly recovery: { notify(): void };
  readonly telemetry: PaymentTelemetry;
  readonly newId: () => string;
  readonly now: () => Date;
};

/** Why a payment is synced: an event of the provider or a reconciliation. The payment's state is read from the provider. */
export type SyncTrigger = {
  readonly paymentId: string;
  /** Such as `webhook:sandbox`. */
  readonly actor: string;
  readonly providerEventId?: string | undefined;
};

type Actor = Omit<Context, "now">;

/**
 * Reads a payment and its pending operations from the provider and applies their outcomes. It neither charges nor
 * repeats anything, so triggers may come in any order and any number of times. Returns undefined for an unknown id.
 */
export async function syncPaymentById(
  deps: SyncDependencies,
  { paymentId, actor, providerEventId: requestId }: SyncTrigger,
): Promise<Payment | undefined> {
  const payment = await deps.store.find(paymentId);
  return payment && syncPayment(deps, payment, { actor, requestId });
}

/** Syncs a payment that was read already. */
export async function syncPayment(deps: SyncDependencies, payment: Payment, actor: Actor): Promise<Payment> {
  const synced = await syncOperations(deps, payment, actor);
  const { id, transactionId } = synced;
  const finding = await deps.provider.find({ paymentId: id, transactionId });
  return applyFinding(deps, await syncRefunds(deps, synced, finding, actor), finding, actor);
}

/** Records refunds that have failed since their success; the provider is read only where it has refunded less. */
async function syncRefunds(
  deps: SyncDependencies,
  payment: Payment,
  finding: Finding,
  actor: Actor,
): Promise<Payment> {
  let current = payment;
  for (const refund of refundsInDoubt(payment, finding)) {
    const found = await deps.provider.findOperation(providerOperation(payment, refund));
    const failure = lateFailureOf(current, refund, found, finding);
    if (!failure) continue;
    const context = { ...actor, now: deps.now() };
    const decide = (latest: Payment) => failSucceededRefund(latest, refund.id, failure, context);
    current = (await deps.store.update({ id: payment.id, decide })).state;
    deps.telemetry.operationEnded(current, refund.id, { kind: "failed", ...failure });
  }
  return current;
}

/** Brings a payment to the provider's state of it. Without a response nothing changes. */
export async function applyFinding(
  deps: SyncDependencies,
  payment: Payment,
  finding: Finding,
  actor: Actor,
): Promise<Payment> {
  if (finding.kind === "missing" || finding.kind === "unsent") return payment;
  const context = driftContext(deps, payment, actor);
  const { state: synced } = await deps.store.update({
    id: payment.id,
    decide: (current) =>
      isForLeaseHolder(current, finding, context.now)
        ? unchanged(current)
        : applyProviderState(current, finding, context),
  });
  if (synced.status !== payment.status) deps.telemetry.paymentSynced(synced, finding);
  if (synced.operations.some(({ status }) => status === "PENDING")) deps.recovery.notify();
  return synced;
}

/** The context in which the provider's state of a payment is applied. */
export function driftContext(
  { newId, now }: Pick<SyncDependencies, "newId" | "now">,
  payment: Payment,
  actor: Actor,
): DriftContext {
  return {
    ...{ ...actor, now: now(), operationId: newId(), lease: payment.leaseExpiresAt },
    driftIds: [newId(), newId(), newId()],
  };
}

/** While a process is charging, an intermediate state is for that process to handle. */
function isForLeaseHolder(payment: Payment, { kind }: ProviderState, now: Date): boolean {
  const isIntermediate =
    kind === "unknown" || (kind === "authorized" && payment.captureMethod === "automatic");
  return isIntermediate && isLeased(payment, now);
}

async function syncOperations(deps: SyncDependencies, payment: Payment, actor: Actor): Promise<Payment> {
  let current = payment;
  for (const operation of payment.operations) {
    if (operation.status !== "PENDING") continue;
    const outcome = await deps.provider.findOperation(providerOperation(payment, operation));
    if (outcome.kind === "missing" || outcome.kind === "unknown" || outcome.kind === "unsent") continue;
    const lease = operation.leaseExpiresAt;
    const context = { ...actor, now: deps.now(), operationId: deps.newId(), lease };
    const decide = (latest: Payment): Decision =>
      andThen(applyOperationOutcome(latest, operation.id, outcome, context), (next) =>
        followUp(next, context),
      );
    current = (await deps.store.update({ id: payment.id, decide })).state;
    deps.telemetry.operationEnded(current, operation.id, outcome);
  }
  return current;
}
