import { appError } from "./errors.ts";
import type { Payment } from "./payment.ts";

/** Who sends a request, by its verified token. */
export type Caller = { readonly id: string; readonly role: "user" | "admin" | "service" };

/**
 * The owner rule: users read and change what is theirs, admins and services everything. Throws PAYMENT_NOT_FOUND for
 * another user's payment, as if it did not exist.
 */
export function requirePayment(
  payment: Payment | undefined,
  paymentId: string,
  caller: Caller,
): asserts payment is Payment {
  if (payment && mayRead(payment.userId, caller)) return;
  const facts = { metadata: { payment_id: paymentId }, deniesAccess: payment !== undefined };
  throw appError("PAYMENT_NOT_FOUND", `no payment ${paymentId}`, facts);
}

function mayRead(userId: string, caller: Caller): boolean {
  return caller.role !== "user" || caller.id === userId;
}
