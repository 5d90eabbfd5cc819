import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { query } from "@till/postgres";
import type { Caller, UnaryHandler } from "@till/rpc";
import type { Deps } from "./deps.ts";
import { fail } from "./errors.ts";
import { paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import type { Payment } from "./payment.ts";
import { paymentToProto } from "./proto.ts";
import { selectPayment } from "./statements.ts";

/** PaymentService.GetPayment */
export function getPaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.getPayment> {
  return async ({ paymentId }, { caller }) => ({
    payment: paymentToProto(await getPayment(deps, paymentId, caller)),
  });
}

/** A payment the caller may see. Somebody else's is PAYMENT_NOT_FOUND, as if it did not exist (spec C19). */
export async function getPayment(
  deps: Pick<Deps, "db">,
  paymentId: string,
  caller: Caller,
): Promise<Payment> {
  const [row] = await query<PaymentRow>(deps.db.pool, selectPayment, [paymentId]);
  if (!row || !mayRead(row.user_id, caller)) fail("PAYMENT_NOT_FOUND", `no payment ${paymentId}`);
  return paymentFromRow(row);
}

/** Users read what is theirs, admins and services everything (spec S1.36). */
function mayRead(userId: string, caller: Caller): boolean {
  return caller.role !== "user" || caller.id === userId;
}
