import { followUpContext } from "../context.ts";
import { andThen, unchanged, type Context, type Decision } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import { takeBackAttempt } from "../limits/take-back-attempt.ts";
import { applyOperationOutcome } from "../rules/apply-operation-outcome.ts";
import { isPaid } from "../rules/operation.ts";
import { isLeased } from "../rules/lease.ts";
import type { Payment } from "../rules/payment.ts";
import { type Finding, providerOperation } from "../rules/provider.ts";
import { followUp } from "../rules/follow-up.ts";
import { applyProviderState, type Found } from "../rules/provider-drift.ts";

/** Something may have happened to a payment at the provider; what exactly, nobody takes its messenger's word for. */
export type SyncTrigger = {
  readonly paymentId: string;
  /** Such as `webhook:sandbox`. */
  readonly actor: string;
  readonly providerEventId?: string | undefined;
};

type Asking = Pick<Deps, "store" | "provider" | "recovery" | "limits" | "telemetry" | "newId" | "now">;

/**
 * Asks the provider how a payment and its open operations stand, and brings them there. It neither charges nor
 * repeats anything, so news may come in any order and any number of times. Undefined where there is no such payment.
 */
export async function syncPaymentById(deps: Asking, news: SyncTrigger): Promise<Payment | undefined> {
  const { paymentId, actor, providerEventId: requestId } = news;
  const payment = await deps.store.find(paymentId);
  return payment && syncPayment(deps, payment, { actor, requestId });
}

/** The same for a payment that was read already. */
export async function syncPayment(
  deps: Asking,
  payment: Payment,
  who: Omit<Context, "now">,
): Promise<Payment> {
  const known = await settleOperations(deps, payment, who);
  const { id, transactionId } = known;
  const finding = await deps.provider.find({ paymentId: id, transactionId });
  return applyFinding(deps, known, finding, who);
}

/** Brings a payment to where the provider was found to have it. What was not said is no reason for anything. */
export async function applyFinding(
  deps: Asking,
  payment: Payment,
  finding: Finding,
  who: Omit<Context, "now">,
): Promise<Payment> {
  if (finding.kind === "missing" || finding.kind === "unsent") return payment;
  const driftIds = [deps.newId(), deps.newId(), deps.newId()] as const;
  const lease = payment.leaseExpiresAt;
  const context = { ...followUpContext(deps, { ...who, now: deps.now() }), lease, driftIds };
  const { state: settled } = await deps.store.update({
    id: payment.id,
    decide: (current) =>
      isForWorker(current, finding, context.now)
        ? unchanged(current)
        : applyProviderState(current, finding, context),
  });
  if (settled.status !== payment.status) deps.telemetry.paymentResolved(settled, finding);
  if (mayHaveBeenDeclined(payment) && isApproved(settled)) await takeBackAttempt(deps, settled);
  if (settled.operations.some(({ status }) => status === "PENDING")) deps.recovery.notify();
  return settled;
}

/** Such an attempt still counts as a decline. */
function mayHaveBeenDeclined({ status }: Payment): boolean {
  return status === "UNKNOWN" || status === "REQUIRES_ACTION";
}

function isApproved(payment: Payment): boolean {
  return payment.status === "AUTHORIZED" || isPaid(payment);
}

/** While a process is charging, a half-way state is its to deal with. */
function isForWorker(payment: Payment, { kind }: Found, now: Date): boolean {
  const isHalfWay = kind === "unknown" || (kind === "authorized" && payment.wantsCapture);
  return isHalfWay && isLeased(payment, now);
}

async function settleOperations(deps: Asking, payment: Payment, who: Omit<Context, "now">): Promise<Payment> {
  let current = payment;
  for (const operation of payment.operations) {
    if (operation.status !== "PENDING") continue;
    const outcome = await deps.provider.findOperation(providerOperation(payment, operation));
    if (outcome.kind === "missing" || outcome.kind === "unknown" || outcome.kind === "unsent") continue;
    const lease = operation.leaseExpiresAt;
    const context = { ...followUpContext(deps, { ...who, now: deps.now() }), lease };
    const decide = (latest: Payment): Decision =>
      andThen(applyOperationOutcome(latest, operation.id, outcome, context), (next) =>
        followUp(next, context),
      );
    current = (await deps.store.update({ id: payment.id, decide })).state;
    deps.telemetry.operationEnded(current, operation.id, outcome);
  }
  return current;
}
