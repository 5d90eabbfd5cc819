import { withTimeout } from "@till/worker/with-timeout";
import { isUpToDate, type ProviderState } from "../rules/provider-drift.ts";
import type { NamedPayment } from "../rules/provider.ts";
import { driftContext, type SyncDependencies } from "./sync-payment.ts";

/** An event of the provider with the payment as it shows it, where it shows it. */
type ShownPayment = NamedPayment & { readonly shown?: ProviderState | undefined };

type IsKnownDependencies = Pick<SyncDependencies, "store" | "newId" | "now"> & {
  /** Resolves when this process's calls about a payment have ended. */
  readonly inFlight: { ended(paymentId: string): Promise<unknown> };
};

/** A charge's response follows its webhook by less; a provider repeats a webhook that waits for seconds. */
const outcomeMs = 250;

/**
 * Whether an event shows what is stored already, such as the outcome of a charge that this process is making: then nothing
 * is to be done. A call in flight about the payment is waited for, a moment long: it brings that outcome.
 */
export async function isKnown(
  deps: IsKnownDependencies,
  { paymentId, shown }: ShownPayment,
): Promise<boolean> {
  if (paymentId === undefined || shown === undefined) return false;
  await withTimeout(outcomeMs, deps.inFlight.ended(paymentId));
  const payment = await deps.store.find(paymentId);
  return (
    payment !== undefined && isUpToDate(payment, shown, driftContext(deps, payment, { actor: "webhook" }))
  );
}
