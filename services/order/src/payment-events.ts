import { moneyFromDecimal } from "@till/money";
import { z } from "zod";
import type { Decline, PaymentFacts } from "./order-payment.ts";

/** The topic the payment service speaks on. */
export const paymentTopic = "payment.events";

/** Reads the body of payment.processed (spec S1.27). Throws where a field is missing or wrong. */
export function paymentProcessed(data: unknown): PaymentFacts & { readonly orderId: string } {
  const { orderId, paymentId, userId, amount, currency } = processed.parse(data);
  return { orderId, paymentId, userId, amount: moneyFromDecimal(String(amount), currency) };
}

/** Reads the body of payment.failed (spec S1.28). A decline that does not say it is final may be tried again. */
export function paymentFailed(data: unknown): Decline & { readonly orderId: string } {
  const { orderId, paymentId, userId, failureCode, failureReason, retryable } = failed.parse(data);
  return { orderId, paymentId, userId, code: failureCode, reason: failureReason, final: retryable === false };
}

const ids = {
  orderId: z.guid().toLowerCase(),
  paymentId: z.guid().toLowerCase(),
  userId: z.guid().toLowerCase(),
};
const processed = z.object({ ...ids, amount: z.number(), currency: z.string() });
const failed = z.object({
  ...ids,
  failureCode: z.string(),
  failureReason: z.string(),
  retryable: z.boolean().optional(),
});
