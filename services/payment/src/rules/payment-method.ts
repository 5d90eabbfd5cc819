import type { AppError } from "@till/rpc/errors";
import { appError } from "./errors.ts";
import type { Card } from "./payment.ts";

/** A stored card, without its token. */
export type PaymentMethod = {
  readonly id: string;
  readonly userId: string;
  readonly card: Card;
  readonly isDefault: boolean;
  readonly isRemoved: boolean;
  readonly createdAt: Date;
};

/** Payment methods that a user may have. */
export const mostMethods = 20;

/** Whether a card's last month is over. */
export function isExpired({ expMonth, expYear }: Card, now: Date): boolean {
  // Months count from 0, so this is the first moment of the month after; it is over everywhere a day later.
  return now.getTime() >= Date.UTC(expYear, expMonth, 2);
}

/** PAYMENT_METHOD_NOT_FOUND. `deniesAccess`: it is another user's, so the access is audited. */
export function methodNotFound(methodId: string, deniesAccess = false): AppError {
  const facts = { metadata: { payment_method_id: methodId }, deniesAccess };
  return appError("PAYMENT_METHOD_NOT_FOUND", `no payment method ${methodId}`, facts);
}
