import { moneyFromDecimal, type Money } from "@till/money";
import { z } from "zod";

/** The topic the order service speaks on. */
export const orderTopic = "order.events";

/** An order that is no more; `refund` is what is to be given back because of it. */
export type CancelledOrder = {
  readonly orderId: string;
  readonly paymentId: string | undefined;
  readonly reason: string;
  /** Whether the order has counted no money of it: what was taken came too late, if it is ever heard of. */
  readonly orderSawNoCapture: boolean;
  readonly refund: { readonly id: string; readonly amount: Money | undefined } | undefined;
};

/** Reads the body of order.cancelled. Throws where a field is missing or wrong. */
export function orderCancelled(data: unknown): CancelledOrder {
  const { orderId, paymentId, reason, captured, refundId, refundAmount, currency } = cancelled.parse(data);
  const amount = amountOf(refundAmount ?? undefined, currency ?? undefined);
  return {
    orderId,
    paymentId: paymentId ?? undefined,
    reason: reason ?? "",
    orderSawNoCapture: captured === 0,
    refund: refundId ? { id: refundId, amount } : undefined,
  };
}

/** Reads the body of order.refund_approved. */
export function refundApproved(data: unknown) {
  const { orderId, paymentId, refundId, amount, currency } = approved.parse(data);
  return {
    orderId,
    paymentId: paymentId ?? undefined,
    refundId,
    amount: moneyFromDecimal(String(amount), currency),
  };
}

/** Reads the body of order.late_payment. */
export function latePayment(data: unknown) {
  return late.parse(data);
}

function amountOf(amount: number | undefined, currency: string | undefined): Money | undefined {
  return amount === undefined || currency === undefined
    ? undefined
    : moneyFromDecimal(String(amount), currency);
}

const id = z.guid().toLowerCase();
const cancelled = z.object({
  orderId: id,
  paymentId: id.nullish(),
  reason: z.string().nullish(),
  captured: z.number().nullish(),
  refundId: id.nullish(),
  refundAmount: z.number().positive().nullish(),
  currency: z.string().nullish(),
});
const approved = z.object({
  orderId: id,
  paymentId: id.nullish(),
  refundId: id,
  amount: z.number().positive(),
  currency: z.string(),
});
const late = z.object({ orderId: id, paymentId: id });
