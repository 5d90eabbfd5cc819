import type { RequestKey } from "@till/rpc/request-key";
import { zero } from "@till/money";
import type { Payment } from "./payment.ts";
import type { Context, Decision } from "./decision.ts";

export type NewPayment = Pick<
  Payment,
  "id" | "userId" | "orderId" | "amount" | "method" | "paymentMethodId" | "captureMethod"
> & { readonly leaseExpiresAt: Date; readonly request: RequestKey };

/** Creates a PENDING payment under its first lease. No event is published before its outcome. */
export function requestPayment(given: NewPayment, context: Context): Decision {
  const { now, actor, peerAddress, requestId } = context;
  const nothing = zero(given.amount.currency);
  const payment: Payment = {
    ...given,
    status: "PENDING",
    authorized: nothing,
    captured: nothing,
    refunded: nothing,
    capturePending: nothing,
    refundPending: nothing,
    card: undefined,
    mustReverse: false,
    actionUrl: undefined,
    transactionId: undefined,
    failure: undefined,
    dispute: undefined,
    version: 1,
    createdAt: now,
    updatedAt: now,
    processedAt: undefined,
    operations: [],
  };
  const { id: paymentId, userId, status: to, amount } = payment;
  const entry = { type: "PAYMENT_REQUESTED", version: 1, from: undefined, to, reason: "", amount };
  const history = [{ paymentId, userId, ...entry, actor, at: now, peerAddress, requestId }];
  return { payment, operations: [], history, events: [] };
}
