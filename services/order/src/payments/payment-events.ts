import { canonicalId, isExternalId } from "@till/ids";
import { moneyFromDecimal } from "@till/money";
import { z } from "zod";
import type { RefundFacts } from "../rules/apply-refund.ts";
import type { Decline, PaymentFacts } from "../rules/pay.ts";

/** The topic of the payment service. */
export const paymentTopic = "payment.events";

/** Reads the body of payment.processed. Throws where a field is missing or wrong. */
export function paymentProcessed(data: unknown): PaymentFacts & { readonly orderId: string } {
  const { orderId, paymentId, userId, amount, currency } = processed.parse(data);
  return { orderId, paymentId, userId, amount: moneyFromDecimal(String(amount), currency) };
}

/** Reads the body of payment.failed. A decline is final only where `retryable` is false. */
export function paymentFailed(data: unknown): Decline & { readonly orderId: string } {
  const { orderId, paymentId, userId, failureCode, failureReason, retryable } = failed.parse(data);
  return { orderId, paymentId, userId, code: failureCode, reason: failureReason, final: retryable === false };
}

/** Reads the body of payment.voided. */
export function paymentVoided(data: unknown) {
  const { orderId, paymentId, capturedTotal } = voided.parse(data);
  return { orderId, paymentId, nothingCaptured: capturedTotal === 0 };
}

/** Reads the body of payment.refunded. The event has the id of the order's refund where the order started it. */
export function paymentRefunded(data: unknown): RefundFacts & { readonly orderId: string } {
  const { orderId, paymentId, amount, currency, orderRefundId } = refunded.parse(data);
  return { orderId, paymentId, amount: moneyFromDecimal(String(amount), currency), orderRefundId };
}

/** Reads the body of payment.refund_failed. */
export function paymentRefundFailed(data: unknown) {
  const { failureCode, failureReason } = refundFailed.parse(data);
  return { ...paymentRefunded(data), remark: failureReason ?? failureCode };
}

const ids = {
  orderId: z.guid().toLowerCase(),
  paymentId: z.guid().toLowerCase(),
  userId: z.string().refine(isExternalId).transform(canonicalId),
};
const processed = z.object({ ...ids, amount: z.number().positive(), currency: z.string() });
const failed = z.object({
  ...ids,
  failureCode: z.string(),
  failureReason: z.string(),
  retryable: z.boolean().optional(),
});
const voided = z.object({ ...ids, capturedTotal: z.number() });
const refunded = z.object({
  ...ids,
  amount: z.number().positive(),
  currency: z.string(),
  orderRefundId: z.guid().toLowerCase().optional(),
});
const refundFailed = z.object({ failureCode: z.string(), failureReason: z.string().optional() });
