import type { AppError } from "@till/rpc/errors";
import { appError } from "./errors.ts";
import type { Order } from "./order.ts";

/** PAYMENT_IN_PROGRESS, with the payment that has the order's slot and the RPC that ends it. */
export function paymentInProgress({ id, paymentId = "" }: Order): AppError {
  const message = `payment ${paymentId} of this order is under way: wait for its outcome, or end it by VoidPayment`;
  return appError("PAYMENT_IN_PROGRESS", message, {
    metadata: { order_id: id, payment_id: paymentId, way_out: "VoidPayment" },
  });
}
