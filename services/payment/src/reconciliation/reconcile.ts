import type { Db } from "@till/postgres/statements";
import type { Payment } from "../rules/payment.ts";
import { syncPaymentById, type SyncDependencies } from "../sync/sync-payment.ts";
import type { ReadOrderSums } from "../upstreams/order-sums.ts";
import { compareWithOrder, type OrderSums } from "../rules/compare-with-order.ts";
import { compareWithProvider, noLedgerSums, type LedgerSums } from "../rules/compare-with-provider.ts";
import { ledgerCopy } from "../store/ledger-copy.ts";
import type { Mismatch } from "../rules/mismatch.ts";
import { paymentsToCheck } from "../store/payments-to-check.ts";
import type { ReconciliationTelemetry } from "./reconciliation-telemetry.ts";
import type { Counts, Scope } from "../rules/reconciliation.ts";

/** What a reconciliation touches. */
export type ReconciliationDependencies = SyncDependencies & {
  readonly db: Pick<Db, "pool">;
  readonly readOrderSums: ReadOrderSums;
  readonly operators: ReconciliationTelemetry;
};

export type Watching = {
  readonly signal: AbortSignal;
  /** Called with new mismatches and the counts so far. */
  readonly found: (mismatches: readonly Mismatch[], counts: Counts) => Promise<void>;
};

/** The provider's clock may differ: its ledger is read from a little earlier to a little later. */
const clockMarginMs = 60 * 60_000;
/** A payment's outcome reaches its order within seconds; until then they may differ. */
const deliveryMs = 30_000;

/**
 * Compares payments with the provider's ledger and with the orders. The ledger is read first; payments that changed since
 * are left to the next reconciliation. Repairs by syncing payments, nothing else. Throws if the ledger or an order cannot
 * be read.
 */
export async function reconcile(
  deps: ReconciliationDependencies,
  scope: Scope,
  watching: Watching,
): Promise<Counts> {
  const { db, provider, readOrderSums, now } = deps;
  const { signal } = watching;
  const readAt = now();
  const copy = ledgerCopy(db, scope.id);
  let counts: Counts = { matched: 0, mismatched: 0 };
  const report = async (mismatches: readonly Mismatch[], matched: number, mismatched: number) => {
    signal.throwIfAborted();
    counts = { matched: counts.matched + matched, mismatched: counts.mismatched + mismatched };
    await watching.found(mismatches, counts);
  };

  try {
    const from = new Date(scope.from.getTime() - clockMarginMs);
    const until = new Date(Math.max(readAt.getTime(), scope.until.getTime()) + clockMarginMs);
    await copy.fill(provider.ledger({ from, until }), signal);
    for await (const payments of paymentsToCheck(db, scope)) {
      const ledger = await copy.sumsOf(payments.map(({ id }) => id));
      const orderSums = await readOrderSums([...new Set(payments.map(({ orderId }) => orderId))], signal);
      for (const payment of payments) {
        const sums = ledger.get(payment.id) ?? noLedgerSums;
        const found = await check(deps, scope, payment, sums, orderSums.get(payment.orderId), readAt);
        if (!found) continue;
        const isMatch = found.every(({ repaired }) => repaired);
        await report(found, isMatch ? 1 : 0, isMatch ? 0 : 1);
      }
    }
    for await (const unmatched of copy.unmatched(scope)) await report(unmatched, 0, unmatched.length);
    for await (const duplicates of copy.duplicates(scope)) await report(duplicates, 0, duplicates.length);
    return counts;
  } finally {
    await copy.drop();
  }
}

/** Returns the mismatches of one payment; undefined if it is changing meanwhile. */
async function check(
  deps: ReconciliationDependencies,
  scope: Scope,
  payment: Payment,
  sums: LedgerSums,
  order: OrderSums | undefined,
  readAt: Date,
): Promise<readonly Mismatch[] | undefined> {
  if (isMoving(payment, readAt, deps.now())) return undefined;
  const byProvider = compareWithProvider(payment, sums);
  const hasReachedOrder = payment.updatedAt.getTime() < readAt.getTime() - deliveryMs;
  const byOrder = hasReachedOrder ? compareWithOrder(payment, order) : [];
  if (byProvider.length + byOrder.length === 0) return [];
  // Read again: a change that was on its way has arrived by now.
  const again = await deps.store.find(payment.id);
  if (!again || again.version !== payment.version) return undefined;
  if (byProvider.length === 0 || !scope.repairs) return [...byProvider, ...byOrder];
  const repaired = await syncPaymentById(deps, { paymentId: payment.id, actor: "reconciliation" });
  const left = compareWithProvider(repaired ?? payment, sums);
  if (left.length > 0) return [...left, ...byOrder];
  return [...byProvider.map((mismatch) => ({ ...mismatch, repaired: true })), ...byOrder];
}

/** Whether a payment has changed since the ledger was read, or is under lease. */
function isMoving({ updatedAt, leaseExpiresAt, operations }: Payment, readAt: Date, now: Date): boolean {
  const isAttempted = (until: Date | undefined) => until !== undefined && until > now;
  const isLeased = isAttempted(leaseExpiresAt) || operations.some((one) => isAttempted(one.leaseExpiresAt));
  return isLeased || updatedAt > readAt;
}
