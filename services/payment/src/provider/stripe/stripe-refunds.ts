import type { Money } from "@till/money";
import type { Stripe } from "stripe";
import { z } from "zod";
import type { ProviderOperation, OperationFinding, OperationOutcome } from "../../rules/provider.ts";
import { codeShape, optionalCode } from "../shapes.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { chargeOf, notUnderstood, type Intent } from "./stripe-intent.ts";

/** Refunds an amount in Stripe's units. */
export async function createRefund(
  stripe: Stripe,
  { id, paymentId, transactionId }: ProviderOperation,
  units: number,
): Promise<OperationOutcome> {
  const metadata = { refund_id: id, payment_id: paymentId };
  const response = await stripe.refunds.create(
    { payment_intent: transactionId, amount: units, metadata },
    { idempotencyKey: `${id}:refund` },
  );
  return refunded(response, { id });
}

/** Reads the refund with Till's id. */
export async function findRefund(stripe: Stripe, operation: ProviderOperation): Promise<OperationFinding> {
  const list = stripe.refunds.list({ payment_intent: operation.transactionId, limit: 100 });
  for await (const one of list) if (one.metadata?.refund_id === operation.id) return refunded(one, operation);
  return { kind: "missing" };
}

/**
 * Returns the sum of a payment's successful refunds, which changes in both directions: a refund may fail after its
 * success. The charge's `amount_refunded` also has refunds that are pending.
 */
export async function refundedOf(stripe: Stripe, intent: Intent): Promise<Money | undefined> {
  let units = 0;
  if (chargeOf(intent)?.amount_refunded)
    for await (const one of stripe.refunds.list({ payment_intent: intent.id, limit: 100 }))
      if (isRefunded(one, intent)) units += one.amount;
  return moneyFromStripe(intent.currency, units);
}

/**
 * Whether a refund has returned captured money. Where a part was captured, Stripe may have a refund without a balance
 * transaction for the rest, which was never taken; one of an expired authorization has a reason of its own.
 */
export function isRefunded(
  { status, reason, amount, balance_transaction: movement }: Stripe.Refund,
  intent: Pick<Stripe.PaymentIntent, "amount" | "amount_received">,
): boolean {
  const released = intent.amount - intent.amount_received;
  const isRelease = reason === "expired_uncaptured_charge" || (!movement && amount === released);
  return status === "succeeded" && intent.amount_received > 0 && !isRelease;
}

function refunded(response: unknown, { id }: Pick<ProviderOperation, "id">): OperationOutcome {
  const { data } = refundShape.safeParse(response);
  if (data?.metadata?.refund_id !== id) return notUnderstood;
  const transactionId = data.id;
  switch (data.status) {
    case "pending":
    case "requires_action":
      return { kind: "pending", transactionId };
    case "failed":
    case "canceled": {
      const code = data.failure_reason ?? data.status;
      return {
        kind: "failed",
        code,
        reason: "The provider could not refund the money.",
        retryable: false,
      };
    }
    case "succeeded": {
      const amount = moneyFromStripe(data.currency, data.amount);
      return amount ? { kind: "succeeded", transactionId, amount } : notUnderstood;
    }
  }
}

const refundShape = z.object({
  id: codeShape,
  amount: z.int().min(0),
  currency: z.string(),
  status: z.enum(["pending", "requires_action", "succeeded", "failed", "canceled"]),
  failure_reason: optionalCode,
  metadata: z.record(z.string(), z.string()).nullish(),
});
