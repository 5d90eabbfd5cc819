import type { Deps } from "../deps.ts";
import { carryOut } from "../operations/perform-operation.ts";
import { failAbandoned, isAbandoned, isLeased } from "../rules/lease.ts";
import { isUndecided, type Payment } from "../rules/payment.ts";
import type { Claim, ClaimedOperation } from "../store/claims.ts";
import { applyFinding } from "../sync/sync-payment.ts";

/** What is left behind by an interruption, or by a provider that did not answer, has to be looked after with. */
type Janitor = Pick<
  Deps,
  "store" | "orders" | "provider" | "policies" | "telemetry" | "recovery" | "limits" | "newId" | "now"
>;

const batchSize = 50;
const who = { actor: "janitor" };

/**
 * Finds out what became of payments without an outcome, and carries out operations that were begun, a bounded number
 * at a time and of those that nobody is at work on. Safe to run in any number of processes at once: it asks and
 * never charges, and repeats an operation under its own key alone.
 */
export async function recoverPayments(deps: Janitor): Promise<void> {
  const { resolveAfterMs: firstMs, resolveAtLeastEveryMs: maxMs } = deps.policies;
  const claim: Claim = { now: deps.now(), firstMs, maxMs, limit: batchSize };
  const payments = await deps.store.claimOpen(claim);
  const operations = await deps.store.claimOperations(claim);
  await Promise.all([
    ...payments.map((payment) => guarded(deps, recoverPayment(deps, payment), payment)),
    ...operations.map((operation) => guarded(deps, recoverOperation(deps, operation))),
  ]);
}

async function recoverPayment(deps: Janitor, payment: Payment): Promise<void> {
  const { id: paymentId, transactionId, orderId } = payment;
  const finding = await deps.provider.find({ paymentId, transactionId });
  if (finding.kind !== "missing") {
    await applyFinding(deps, payment, finding, who);
    return;
  }
  const { giveUpMs } = deps.policies;
  const context = { ...who, now: deps.now() };
  if (!isAbandoned(payment, giveUpMs, context.now)) return;
  const holdsSlot = (await deps.orders.find(orderId))?.paymentId === paymentId;
  const decide = (current: Payment) => failAbandoned(current, { giveUpMs, holdsSlot }, context);
  const { state: resolved } = await deps.store.update({ id: paymentId, decide });
  if (!isUndecided(resolved)) deps.telemetry.paymentResolved(resolved, finding);
}

async function recoverOperation(deps: Janitor, { id, payment_id }: ClaimedOperation): Promise<void> {
  const payment = await deps.store.find(payment_id);
  // One that has ended since it was claimed must not be repeated: the provider may have forgotten that it said no. One
  // that was taken up since is its taker's.
  const isLeft = payment?.operations.some(
    (one) => one.id === id && one.status === "PENDING" && !isLeased(one, deps.now()),
  );
  if (payment && isLeft) await carryOut(deps, payment, { ...who, operationId: id, isRepeat: true });
}

function guarded(deps: Janitor, work: Promise<void>, payment?: Payment): Promise<void> {
  return work.catch((error: unknown) => deps.telemetry.resolvingFailed(error, payment));
}
