import { ProviderUnreachable, type NamedPayment } from "../rules/provider.ts";
import { syncPaymentById, type SyncDependencies, type SyncTrigger } from "./sync-payment.ts";

/** An event of the provider about a payment. */
export type ProviderEventTrigger = Omit<SyncTrigger, "paymentId"> & NamedPayment;

/**
 * Syncs the payment that an event is about. Returns false where the payment is not known yet; a transaction that is none
 * of Till's needs nothing. Throws ProviderUnreachable.
 */
export async function syncByProviderEvent(
  deps: SyncDependencies,
  { paymentId, transactionId, ...trigger }: ProviderEventTrigger,
): Promise<boolean> {
  const known = paymentId ?? (await paymentOf(deps, transactionId));
  if (known === undefined) return true;
  return (await syncPaymentById(deps, { ...trigger, paymentId: known })) !== undefined;
}

async function paymentOf({ provider }: SyncDependencies, transactionId: string): Promise<string | undefined> {
  const found = await provider.findPaymentId(transactionId);
  if ("paymentId" in found) return found.paymentId;
  if (found.kind === "missing") return undefined;
  throw new ProviderUnreachable(found.why);
}
