import type { Stripe } from "stripe";
import { z } from "zod";
import type { ProviderDispute } from "../../rules/provider.ts";
import { codeShape } from "../shapes.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { chargeOf, type Intent } from "./stripe-intent.ts";

/** Returns the newest dispute of a payment, or undefined. Stripe lists the newest first. */
export async function findDispute(stripe: Stripe, intent: Intent): Promise<ProviderDispute | undefined> {
  if (!chargeOf(intent)?.disputed) return undefined;
  for await (const one of stripe.disputes.list({ payment_intent: intent.id, limit: 100 })) {
    const dispute = disputeShape.parse(one);
    const state = disputeState(dispute);
    if (state) return disputeFrom(dispute, state, intent);
  }
  return undefined;
}

const states: Readonly<Record<string, ProviderDispute["state"]>> = {
  needs_response: "NEEDS_RESPONSE",
  appeal_needs_response: "NEEDS_RESPONSE",
  under_review: "UNDER_REVIEW",
  appeal_under_review: "UNDER_REVIEW",
  won: "WON",
  lost: "LOST",
};

/**
 * Returns the state of a dispute; undefined for what is no chargeback: an inquiry (`warning_…`) withdraws no money. A
 * dispute that ended in another way, such as `prevented`, is lost if its money was withdrawn and not reinstated.
 */
export function disputeState({
  status,
  balance_transactions: movements,
}: Dispute): ProviderDispute["state"] | undefined {
  if (status.startsWith("warning_")) return undefined;
  const moved = movements.reduce((sum, { amount }) => sum + amount, 0);
  return states[status] ?? (moved < 0 ? "LOST" : undefined);
}

function disputeFrom(
  { id, reason, evidence_details: evidence, ...dispute }: Dispute,
  state: ProviderDispute["state"],
  intent: Intent,
): ProviderDispute {
  const amount = moneyFromStripe(intent.currency, disputedUnits(dispute, intent));
  if (!amount) throw new Error(`dispute ${id} has an invalid amount`);
  const due = evidence?.due_by;
  return { id, state, reason, amount, respondBy: due ? new Date(due * 1000) : undefined };
}

/** The disputed amount in the payment's currency. A bank may dispute in the cardholder's: then it is all of it. */
export function disputedUnits(
  { amount, currency }: Pick<Dispute, "amount" | "currency">,
  intent: Pick<Intent, "amount_received" | "currency">,
): number {
  return currency === intent.currency ? amount : intent.amount_received;
}

export type Dispute = z.output<typeof disputeShape>;

/** The fields of a dispute that Till reads. */
export const disputeShape = z.object({
  id: codeShape,
  status: z.string(),
  reason: codeShape,
  amount: z.int().min(0),
  currency: z.string(),
  created: z.int(),
  /** The withdrawal of the money, and its reinstatement. */
  balance_transactions: z.array(z.object({ amount: z.int(), created: z.int() })).default([]),
  evidence_details: z.object({ due_by: z.int().nullish() }).nullish(),
});
