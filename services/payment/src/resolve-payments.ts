import type { Deps } from "./deps.ts";
import { giveUp, isAbandoned, settle } from "./payment-attempt.ts";
import { isOpen, type Payment } from "./payment.ts";
import { chargeOf } from "./provider/provider.ts";

/** What an attempt that was interrupted, or that got no answer, has to be looked after with. */
type Janitor = Pick<Deps, "store" | "orders" | "provider" | "policies" | "telemetry" | "now">;

const batchSize = 50;

/**
 * Finds out what became of open payments that nobody is at work on, a bounded number at a time. Safe to run in any
 * number of processes at once. It asks and never charges.
 */
export async function resolvePayments(deps: Janitor): Promise<void> {
  const now = deps.now();
  const { resolveAfterMs } = deps.policies;
  const payments = await deps.store.claimOpen({
    now,
    createdBefore: new Date(now.getTime() - resolveAfterMs),
    checkAgainAt: new Date(now.getTime() + resolveAfterMs),
    limit: batchSize,
  });
  await Promise.all(
    payments.map((payment) =>
      resolvePayment(deps, payment).catch((error: unknown) => deps.telemetry.resolvingFailed(error, payment)),
    ),
  );
}

async function resolvePayment(deps: Janitor, payment: Payment): Promise<void> {
  const { giveUpMs } = deps.policies;
  const finding = await deps.provider.find(chargeOf(payment));
  const context = { now: deps.now(), actor: "janitor" };
  // What was not said is no reason for anything.
  if (finding.kind === "unsent") return;
  if (finding.kind === "missing" && !isAbandoned(payment, giveUpMs, context.now)) return;
  const holdsSlot =
    finding.kind === "missing" && (await deps.orders.find(payment.orderId))?.paymentId === payment.id;
  const resolved = await deps.store.update({
    id: payment.id,
    decide: (current) =>
      finding.kind === "missing"
        ? giveUp(current, { giveUpMs, holdsSlot }, context)
        : settle(current, finding, context),
  });
  if (!isOpen(resolved)) deps.telemetry.paymentResolved(resolved, finding);
}
