import { performOperation } from "../operations/perform-operation.ts";
import { failAbandoned, isAbandoned, isLeased } from "../rules/lease.ts";
import { isUndecided, type Payment } from "../rules/payment.ts";
import type { Claim, ClaimedOperation, Store } from "../store/store.ts";
import { applyFinding, type SyncDependencies } from "../sync/sync-payment.ts";
import type { Orders } from "../upstreams/orders.ts";

/** What the recovery worker touches. */
export type RecoveryDependencies = SyncDependencies & {
  readonly store: Pick<Store, "claimOpen" | "claimOperations" | "find" | "update">;
  readonly orders: Pick<Orders, "find">;
  readonly policies: RecoveryPolicies;
};

type RecoveryPolicies = {
  /** When a payment without an outcome is synced first; then after twice as long, and so on … */
  readonly resolveAfterMs: number;
  /** … but at least this often. */
  readonly resolveAtLeastEveryMs: number;
  /** When a payment that the provider does not have fails, after its last attempt: no charge may arrive later. */
  readonly giveUpMs: number;
};

const batchSize = 50;
const actor = { actor: "recovery" };

/**
 * Syncs payments without an outcome and performs operations that were begun, a bounded number at a time, when no
 * process holds their lease. Safe to run in any number of processes at once: it never charges, and repeats an
 * operation under its own id alone.
 */
export async function recoverPayments(deps: RecoveryDependencies): Promise<void> {
  const { resolveAfterMs: firstMs, resolveAtLeastEveryMs: maxMs } = deps.policies;
  const claim: Claim = { now: deps.now(), firstMs, maxMs, limit: batchSize };
  const payments = await deps.store.claimOpen(claim);
  const operations = await deps.store.claimOperations(claim);
  await Promise.all([
    ...payments.map((payment) => guarded(deps, recoverPayment(deps, payment), payment)),
    ...operations.map((operation) => guarded(deps, recoverOperation(deps, operation))),
  ]);
}

async function recoverPayment(deps: RecoveryDependencies, payment: Payment): Promise<void> {
  const { id: paymentId, transactionId, orderId, createdAt } = payment;
  const { giveUpMs } = deps.policies;
  // Before a payment fails, it must be certain that the provider does not have it.
  const attemptedSince = isAbandoned(payment, giveUpMs, deps.now()) ? createdAt : undefined;
  const finding = await deps.provider.find({ paymentId, transactionId, attemptedSince });
  if (finding.kind !== "missing") {
    await applyFinding(deps, payment, finding, actor);
    return;
  }
  if (!attemptedSince) return;
  const context = { ...actor, now: deps.now() };
  const holdsSlot = (await deps.orders.find(orderId))?.paymentId === paymentId;
  const decide = (current: Payment) => failAbandoned(current, { giveUpMs, holdsSlot }, context);
  const { state } = await deps.store.update({ id: paymentId, decide });
  if (!isUndecided(state)) deps.telemetry.paymentSynced(state, finding);
}

async function recoverOperation(
  deps: RecoveryDependencies,
  { id, paymentId }: ClaimedOperation,
): Promise<void> {
  const payment = await deps.store.find(paymentId);
  // An operation that has ended since its claim must not be repeated: the provider may have forgotten the failure. A
  // leased one is for the lease's holder.
  const isLeft = payment?.operations.some(
    (one) => one.id === id && one.status === "PENDING" && !isLeased(one, deps.now()),
  );
  if (payment && isLeft) await performOperation(deps, payment, { ...actor, operationId: id, isRepeat: true });
}

function guarded(deps: RecoveryDependencies, work: Promise<void>, payment?: Payment): Promise<void> {
  return work.catch((error: unknown) => deps.telemetry.recoveryFailed(error, payment));
}
