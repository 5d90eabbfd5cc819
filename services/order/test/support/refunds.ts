import type { Purchase, PurchaseEnvironment } from "./purchases.ts";

/** RequestRefund as the purchase's buyer. */
export function requestRefund({ orderId, buyer }: Purchase, reason = "too hard") {
  return buyer.requestRefund({ orderId, reason });
}

/** ApproveRefund as an admin; without a grant, of all that is left. */
export function approveRefund(environment: PurchaseEnvironment, { orderId }: Purchase, grant: object = {}) {
  return environment.admin.approveRefund({ orderId, ...grant });
}

/** RejectRefund as an admin. */
export function rejectRefund(environment: PurchaseEnvironment, { orderId }: Purchase, reason = "no") {
  return environment.admin.rejectRefund({ orderId, reason });
}

/** A paid order whose buyer has requested a refund. */
export async function placeRefundRequested(
  environment: PurchaseEnvironment,
  courses?: readonly string[],
  userId?: string,
): Promise<Purchase> {
  const purchase = await environment.placePaid(courses, userId);
  await requestRefund(purchase);
  return purchase;
}

/** A whole refund: the buyer requests it, an admin approves it, the payment service reports it done. */
export async function refund(
  environment: PurchaseEnvironment,
  purchase: Purchase,
  grant: object = {},
): Promise<void> {
  await requestRefund(purchase);
  const { order } = await approveRefund(environment, purchase, grant);
  const { id: orderRefundId, amount } = order!.refund!;
  await environment.completeRefund(purchase, {
    amount: Number(amount!.units) + amount!.nanos / 1e9,
    orderRefundId,
  });
}
