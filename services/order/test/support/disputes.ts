import type { Purchase, PurchaseEnvironment } from "./purchases.ts";

/** Publishes that the whole payment of a purchase is disputed; resolves when the order service has handled it. */
export function dispute(environment: PurchaseEnvironment, purchase: Purchase, more: object = {}) {
  return publish(environment, "payment.disputed", purchase, { state: "needs_response", ...more });
}

/** Publishes that the dispute is closed. */
export function closeDispute(environment: PurchaseEnvironment, purchase: Purchase, state: "won" | "lost") {
  return publish(environment, "payment.dispute_closed", purchase, { state, closedAt: new Date() });
}

function publish(environment: PurchaseEnvironment, type: string, purchase: Purchase, more: object) {
  const { orderId, userId, paymentId, total: amount } = purchase;
  return environment.publish(type, orderId, {
    ...{ paymentId, orderId, userId, amount, currency: "EUR", refundedTotal: amount },
    ...{ disputeId: "dp_1", reason: "fraudulent", ...more },
  });
}
