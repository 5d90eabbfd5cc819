import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Caller, UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { failure } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import { paymentToProto, refundToProto } from "../proto.ts";

/** PaymentService.GetPayment */
export function getPaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.getPayment> {
  return async ({ paymentId }, { caller }) => {
    const payment = await getPayment(deps, paymentId, caller);
    const refunds = payment.operations.filter(({ kind }) => kind === "refund");
    return { payment: paymentToProto(payment, caller), refunds: refunds.map(refundToProto) };
  };
}

/** A payment the caller may see or act on. Somebody else's is PAYMENT_NOT_FOUND, as if it did not exist (spec C19). */
export async function getPayment(
  { store }: Pick<Deps, "store">,
  paymentId: string,
  caller: Caller,
  find = (id: string) => store.findShown(id),
): Promise<Payment> {
  const payment = await find(paymentId);
  if (!payment || !mayRead(payment.userId, caller)) {
    const facts = { metadata: { payment_id: paymentId }, deniesAccess: payment !== undefined };
    throw failure("PAYMENT_NOT_FOUND", `no payment ${paymentId}`, facts);
  }
  return payment;
}

/** Users read what is theirs, admins and services everything (spec S1.36). */
function mayRead(userId: string, caller: Caller): boolean {
  return caller.role !== "user" || caller.id === userId;
}
