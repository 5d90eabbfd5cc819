import { newId } from "@till/ids";
import { cancel, capture, newRefund, now, type StripeDispute, type StripeIntent } from "./stripe-objects.ts";
import type { StripeStandIn } from "./stripe-stand-in.ts";

/** A webhook's body. */
export function stripeEvent(type: string, object: object): string {
  return JSON.stringify({ id: `evt_${newId()}`, object: "event", type, data: { object } });
}

/** What happens at Stripe without a request of Till's: in the merchant's dashboard, and at the cardholder's bank. */
export function stripeDashboard(stripe: StripeStandIn) {
  const intentOf = (id: string): StripeIntent => stripe.intents.find((one) => one.id === id)!;
  return {
    capture: (intentId: string, amount?: number) =>
      void capture(intentOf(intentId), amount === undefined ? {} : { amount_to_capture: String(amount) }),
    cancel: (intentId: string) => void cancel(intentOf(intentId)),
    refund(intentId: string, amount: number, status = "succeeded") {
      const number = stripe.refunds.length + 1;
      const refund = newRefund(intentOf(intentId), { amount, metadata: {}, number }, status);
      stripe.refunds.push(refund);
      return refund;
    },
    /** Lets a refund fail, also one that has succeeded. */
    failRefund(refundId: string, failure_reason = "expired_or_canceled_card") {
      const refund = stripe.refunds.find(({ id }) => id === refundId)!;
      intentOf(refund.payment_intent).latest_charge!.amount_refunded -= refund.amount;
      return Object.assign(refund, { status: "failed", failure_reason });
    },
    /** Opens a dispute, which withdraws the money unless it is an inquiry. */
    dispute(intentId: string, status = "needs_response", more: Partial<StripeDispute> = {}): StripeDispute {
      const { latest_charge: charge, amount_received: amount, currency } = intentOf(intentId);
      charge!.disputed = true;
      const dispute: StripeDispute = {
        ...{ id: `du_${stripe.disputes.length + 1}`, object: "dispute", amount, currency, metadata: {} },
        ...{ charge: charge!.id, payment_intent: intentId, created: now(), reason: "fraudulent" },
        ...{ status: "warning_needs_response", is_charge_refundable: true, balance_transactions: [] },
        evidence_details: { due_by: now() + 7 * 86_400 },
        ...more,
      };
      stripe.disputes.push(dispute);
      return move(dispute, status);
    },
    move,
  };
}

/** Moves a dispute to a status, and its money with it. */
function move(dispute: StripeDispute, status: string): StripeDispute {
  const movements = dispute.balance_transactions;
  const isWithdrawn = movements.reduce((sum, { amount }) => sum + amount, 0) < 0;
  const mustBeWithdrawn = !status.startsWith("warning_") && status !== "won";
  if (mustBeWithdrawn && !isWithdrawn)
    movements.push({ amount: -dispute.amount, created: now(), reporting_category: "dispute" });
  if (status === "won" && isWithdrawn)
    movements.push({ amount: dispute.amount, created: now(), reporting_category: "dispute_reversal" });
  return Object.assign(dispute, { status, is_charge_refundable: !mustBeWithdrawn });
}
