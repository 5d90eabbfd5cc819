import type { Change, Dispute, Payment } from "./payment.ts";

/** Opens a dispute of all money that was captured and not refunded; the money is withdrawn at once. */
export function openDispute(payment: Payment, dispute: Pick<Dispute, "id" | "respond_by">): Change {
  const amount = payment.captured - payment.refunded;
  return {
    payment: { ...payment, dispute: { ...dispute, state: "needs_response", reason: "fraudulent", amount } },
    movement: { type: "refund", amount, cause: "dispute" },
    event: "dispute.opened",
  };
}

/** Closes an open dispute. A won dispute returns the money. */
export function closeDispute(payment: Payment, dispute: Dispute, state: "won" | "lost"): Change {
  return {
    payment: { ...payment, dispute: { ...dispute, state } },
    ...(state === "won" && { movement: { type: "charge", amount: dispute.amount, cause: "dispute_won" } }),
    event: "dispute.closed",
  };
}
