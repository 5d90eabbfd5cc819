import type { Db } from "@till/postgres/statements";
import type { Payment } from "../rules/payment.ts";
import { syncPaymentById, type SyncDependencies } from "../sync/sync-payment.ts";
import type { Orders } from "../upstreams/orders.ts";
import { compareWithOrder } from "./compare-with-order.ts";
import { compareWithProvider, noLedgerSums, type LedgerSums } from "./compare-with-provider.ts";
import { ledgerCopy } from "./ledger-copy.ts";
import type { Mismatch } from "./mismatch.ts";
import { paymentsToCheck } from "./payments-to-check.ts";
import type { ReconciliationTelemetry } from "./reconciliation-telemetry.ts";
import type { Counts, Scope } from "./run.ts";
import type { OrderSums } from "../upstreams/orders.ts";

/** What a reconciliation touches. */
export type Reconciling = SyncDependencies & {
  readonly db: Pick<Db, "pool">;
  readonly orders: Pick<Orders, "sums">;
  readonly operators: ReconciliationTelemetry;
};

export type Watching = {
  readonly signal: AbortSignal;
  /** Is told what was found, and how far it has come. */
  readonly found: (mismatches: readonly Mismatch[], counts: Counts) => Promise<void>;
};

/** A provider's clock is not ours: its entries are read from a little earlier on, and to the end. */
const clockMarginMs = 60 * 60_000;
/** What a payment has come to reaches its order within seconds; until then they need not agree. */
const deliveryMs = 30_000;

/**
 * Holds payments against the provider's ledger and the orders. The ledger is read first, so whatever it shows has
 * happened before; payments that changed since are left to the next time. Repairs by asking the provider, nothing
 * else. Throws where one of the books cannot be read to its end.
 */
export async function reconcile(deps: Reconciling, scope: Scope, watching: Watching): Promise<Counts> {
  const { db, provider, orders, now } = deps;
  const { signal } = watching;
  const readAt = now();
  const copy = ledgerCopy(db, scope.id);
  let counts: Counts = { matched: 0, mismatched: 0 };
  const tell = async (mismatches: readonly Mismatch[], matched: number, mismatched: number) => {
    signal.throwIfAborted();
    counts = { matched: counts.matched + matched, mismatched: counts.mismatched + mismatched };
    await watching.found(mismatches, counts);
  };

  try {
    const from = new Date(scope.from.getTime() - clockMarginMs);
    const until = new Date(Math.max(readAt.getTime(), scope.until.getTime()) + clockMarginMs);
    await copy.fill(provider.ledger({ from, until }), signal);
    for await (const payments of paymentsToCheck(db, scope)) {
      const books = await copy.sumsOf(payments.map(({ id }) => id));
      const orderBooks = await orders.sums([...new Set(payments.map(({ orderId }) => orderId))], signal);
      for (const payment of payments) {
        const book = books.get(payment.id) ?? noLedgerSums;
        const found = await check(deps, scope, payment, book, orderBooks.get(payment.orderId), readAt);
        if (!found) continue;
        const isMatch = found.every(({ repaired }) => repaired);
        await tell(found, isMatch ? 1 : 0, isMatch ? 0 : 1);
      }
    }
    for await (const strangers of copy.strangers(scope)) await tell(strangers, 0, strangers.length);
    for await (const duplicates of copy.duplicates(scope)) await tell(duplicates, 0, duplicates.length);
    return counts;
  } finally {
    await copy.drop();
  }
}

/** What does not agree on one payment; undefined where it is on the move and cannot be judged. */
async function check(
  deps: Reconciling,
  scope: Scope,
  payment: Payment,
  book: LedgerSums,
  order: OrderSums | undefined,
  readAt: Date,
): Promise<readonly Mismatch[] | undefined> {
  if (isMoving(payment, readAt, deps.now())) return undefined;
  const byProvider = compareWithProvider(payment, book);
  const hasReachedOrder = payment.updatedAt.getTime() < readAt.getTime() - deliveryMs;
  const byOrder = hasReachedOrder ? compareWithOrder(payment, order) : [];
  if (byProvider.length + byOrder.length === 0) return [];
  // Seen twice: what is only on its way from one book to the other has arrived by now.
  const again = await deps.store.find(payment.id);
  if (!again || again.version !== payment.version) return undefined;
  if (byProvider.length === 0 || !scope.repairs) return [...byProvider, ...byOrder];
  const repaired = await syncPaymentById(deps, { paymentId: payment.id, actor: "reconciliation" });
  const left = compareWithProvider(repaired ?? payment, book);
  if (left.length > 0) return [...left, ...byOrder];
  return [...byProvider.map((mismatch) => ({ ...mismatch, repaired: true })), ...byOrder];
}

/** Whether somebody has changed a payment since the ledger was read, or is at it right now. */
function isMoving({ updatedAt, leaseExpiresAt, operations }: Payment, readAt: Date, now: Date): boolean {
  const isAttempted = (until: Date | undefined) => until !== undefined && until > now;
  const isLeased = isAttempted(leaseExpiresAt) || operations.some((one) => isAttempted(one.leaseExpiresAt));
  return isLeased || updatedAt > readAt;
}
