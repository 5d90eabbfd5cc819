import type { Operation, Payment } from "../rules/payment.ts";
import type { Operation as ProviderOperation } from "../rules/provider.ts";

/** An operation as the provider is told of it. */
export function providerOperation(payment: Payment, { kind, id, amount }: Operation): ProviderOperation {
  const { id: paymentId, transactionId } = payment;
  if (transactionId === undefined) throw new Error(`payment ${paymentId} has no transaction`);
  return { kind, id, paymentId, transactionId, amount };
}
