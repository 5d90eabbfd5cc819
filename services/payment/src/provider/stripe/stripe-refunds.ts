import type { Stripe } from "stripe";
import { z } from "zod";
import type { ProviderOperation, OperationFinding, OperationOutcome } from "../../rules/provider.ts";
import { codeShape } from "../shapes.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { notUnderstood } from "./stripe-intent.ts";

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
  failure_reason: codeShape.nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
