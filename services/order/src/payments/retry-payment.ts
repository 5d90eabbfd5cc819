import { RetryPaymentRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { retryPayment } from "../rules/pay.ts";

/** OrderService.RetryPayment: opens the payment slot of an order whose payment failed. */
export function retryPaymentRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.retryPayment> {
  return async (request, call) => {
    const order = await updateByCommand(updates, RetryPaymentRequestSchema, request, call, retryPayment);
    return { order: orderToProto(order) };
  };
}
